package dev.gantry.network;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Inotify;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the catalog current: looks again when something changes in the directories that it is read
 * from, or in the directories above them, for they may come later or be replaced.
 */
final class ConfigWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigWatch.class);

  /** A writer's several steps are looked at once. */
  private static final Duration SETTLE = Duration.ofMillis(20);

  /**
   * How old the last look may be when there is no event, for what inotify does not see: targets of
   * links.
   */
  private static final Duration AGE = Duration.ofSeconds(5);

  private static final int ENTRIES =
      Inotify.CREATE | Inotify.DELETE | Inotify.MOVED_FROM | Inotify.MOVED_TO;
  private static final int SELF = Inotify.DELETE_SELF | Inotify.MOVE_SELF;

  private final Set<Path> configured;
  private final NetworkCatalog catalog;
  private final ReentrantLock state = new ReentrantLock();
  private final List<Inotify> watches = new ArrayList<>();
  private final AtomicLong lastLook = new AtomicLong(System.nanoTime());
  private boolean looking;
  private boolean wanted;
  private boolean changed;
  private boolean closed;

  private ConfigWatch(Set<Path> configured, NetworkCatalog catalog) {
    this.configured = configured;
    this.catalog = catalog;
  }

  /** Starts watching; what changed between the catalog's first look and now is seen as well. */
  static ConfigWatch start(NetworkSettings settings, NetworkCatalog catalog) {
    Set<Path> dirs = new LinkedHashSet<>(settings.configDirs());
    dirs.addAll(settings.pluginDirs());
    ConfigWatch watch = new ConfigWatch(dirs, catalog);
    watch.arm();
    catalog.refresh(false);
    watch.lookAgain(false);
    return watch;
  }

  /** Has the directories looked at in the background, if the last look is some time ago. */
  void lookAgainSoon() {
    if (System.nanoTime() - lastLook.get() > AGE.toNanos()) {
      lookAgain(false);
    }
  }

  private void lookAgain(boolean somethingChanged) {
    state.lock();
    try {
      wanted = true;
      changed |= somethingChanged;
      if (!looking && !closed) {
        looking = true;
        Thread.ofVirtual().name("cni-config").start(this::look);
      }
    } finally {
      state.unlock();
    }
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(SETTLE);
        boolean known;
        state.lock();
        try {
          if (!wanted || closed) {
            return;
          }
          known = changed;
          wanted = false;
          changed = false;
        } finally {
          state.unlock();
        }
        Set<Path> watched = arm();
        catalog.refresh(known);
        if (!watched.containsAll(catalog.pluginFileDirs())) {
          lookAgain(true); // what a new file leads to is to be watched, too
        }
        catalog.askPlugins();
        lastLook.set(System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended();
    }
  }

  /** A change that came while the last look was ending needs another. */
  private void ended() {
    state.lock();
    try {
      looking = false;
      if (wanted) {
        lookAgain(changed);
      }
    } finally {
      state.unlock();
    }
  }

  /**
   * Watches every directory from the root down to ours, parents first, so that a child that comes
   * now is seen; answers with ours.
   */
  private Set<Path> arm() {
    Set<Path> dirs = new LinkedHashSet<>(configured);
    dirs.addAll(catalog.pluginFileDirs());
    List<Inotify> armed = new ArrayList<>();
    namesToWatch(dirs)
        .forEach((dir, names) -> {
          boolean whole = dirs.contains(dir);
          int mask = whole ? ENTRIES | SELF | Inotify.CLOSE_WRITE : ENTRIES | SELF;
          try {
            armed.add(Inotify.watch(dir, mask, event -> onEvent(event, whole, names)));
          } catch (LinuxException e) {
            log.debug("not watched: {}", e.getMessage()); // absent: its parent tells when it comes
          }
        });
    // Closed without our lock: closing waits for a consumer, which may be waiting for the lock.
    replace(armed).forEach(Inotify::close);
    return dirs;
  }

  /** Takes the new watches and answers which are to be closed. */
  private List<Inotify> replace(List<Inotify> armed) {
    state.lock();
    try {
      if (closed) {
        return armed;
      }
      List<Inotify> old = List.copyOf(watches);
      watches.clear();
      watches.addAll(armed);
      return old;
    } finally {
      state.unlock();
    }
  }

  /** Each directory from the root down with the names in it that lead on to ours. */
  private static Map<Path, Set<String>> namesToWatch(Set<Path> dirs) {
    Map<Path, Set<String>> names = new LinkedHashMap<>();
    for (Path dir : dirs) {
      Path at = dir.getRoot();
      for (Path name : dir) {
        names.computeIfAbsent(at, p -> new LinkedHashSet<>()).add(name.toString());
        at = at.resolve(name);
      }
      names.computeIfAbsent(at, p -> new LinkedHashSet<>());
    }
    return names;
  }

  private void onEvent(Inotify.Event event, boolean whole, Set<String> names) {
    boolean own = event.overflow() || event.name().isEmpty();
    if (whole || own || names.contains(event.name())) {
      lookAgain(true);
    }
  }

  @Override
  public void close() {
    List<Inotify> last;
    state.lock();
    try {
      closed = true;
      last = List.copyOf(watches);
      watches.clear();
    } finally {
      state.unlock();
    }
    last.forEach(Inotify::close);
  }
}
