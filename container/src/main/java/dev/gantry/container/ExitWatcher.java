package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.event.Inotify;
import dev.gantry.linux.process.ExitStatus;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells, exactly once for each container, that it has ended: by the file that conmon renames into
 * the exit directory (inotify), or by conmon's own end without one (pidfd). A container whose
 * conmon is gone is killed first, as nobody writes its log or would learn of its end; one that had
 * ended is told with its own exit code where the kernel (Linux 6.15) still knows it.
 *
 * <p>A container that ended while nobody watched is reported as soon as it is tracked.
 */
public final class ExitWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExitWatcher.class);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
  private static final int KILL_TRIES = 3;
  private static final Duration REAP_PATIENCE = Duration.ofSeconds(5);
  private static final Duration REAP_PAUSE = Duration.ofMillis(20);

  private final CgroupHost host;
  private final ExitFiles files;
  private final ExitListener listener;
  private final Map<String, Tracked> tracked = new ConcurrentHashMap<>();
  private final Inotify inotify;

  /** One container that has not ended. */
  private static final class Tracked {
    final ContainerRef container;
    final AtomicBoolean told = new AtomicBoolean();
    private @Nullable ProcessWatch monitor;
    private @Nullable ProcessWatch init;
    private boolean over;

    Tracked(ContainerRef container) {
      this.container = container;
    }

    /** Keeps what watches its first process, by which the kernel can tell how that ended. */
    synchronized void initWatchedBy(ProcessWatch watch) {
      init = watch;
      if (over) {
        release();
      }
    }

    /** How its first process ended, if the kernel tells. */
    synchronized Optional<ExitStatus> status() throws IOException {
      return init == null || over ? Optional.empty() : init.exitStatus();
    }

    /** Keeps what watches its monitor, or closes it when the end came first. */
    synchronized void monitorWatchedBy(ProcessWatch watch) {
      monitor = watch;
      if (over) {
        release();
      }
    }

    synchronized void end() {
      over = true;
      release();
    }

    private void release() {
      if (monitor != null) {
        monitor.close();
      }
      if (init != null) {
        init.close();
      }
    }
  }

  /**
   * Begins to watch.
   *
   * @param exitDir where every conmon of ours puts its exit files; it is made when missing
   * @throws IOException when the directory cannot be made or watched
   */
  public ExitWatcher(Path exitDir, CgroupHost host, ExitListener listener) throws IOException {
    this.host = host;
    this.files = new ExitFiles(host);
    this.listener = listener;
    Files.createDirectories(exitDir);
    this.inotify = Inotify.watch(exitDir, Inotify.MOVED_TO, this::onEvent);
  }

  /**
   * Watches for the end of a container, until it is told or forgotten.
   *
   * @throws IOException when conmon cannot be watched
   * @throws IllegalStateException when it is tracked already
   */
  public void track(ContainerRef container) throws IOException {
    Tracked entry = new Tracked(container);
    if (tracked.putIfAbsent(container.id(), entry) != null) {
      throw new IllegalStateException("container " + container.id() + " is tracked already");
    }
    try {
      ProcessId init = container.init();
      if (init != null) {
        watch(init, () -> initEnded(entry)).ifPresent(entry::initWatchedBy);
      }
      ProcessId conmon = container.conmon();
      if (conmon == null) {
        later(() -> monitorEnded(entry));
      } else {
        watch(conmon, () -> monitorEnded(entry)).ifPresent(entry::monitorWatchedBy);
      }
    } catch (IOException e) {
      tracked.remove(container.id(), entry);
      entry.end();
      throw e;
    }
    // Its file may have been there before we looked for its name.
    if (Files.exists(container.exitDir().resolve(container.id()))) {
      later(() -> exited(entry));
    }
  }

  /** Watches a process, for work that comes at once when the process is gone already. */
  private static Optional<ProcessWatch> watch(ProcessId process, Runnable ended)
      throws IOException {
    Optional<ProcessWatch> watch = ProcessWatch.start(process, () -> later(ended));
    if (watch.isEmpty()) {
      later(ended);
    }
    return watch;
  }

  /** Watches no more; nothing is told of this container from here on, whatever happens to it. */
  public void forget(String containerId) {
    Tracked entry = tracked.remove(containerId);
    if (entry != null) {
      entry.told.set(true);
      entry.end();
    }
  }

  private void onEvent(Inotify.Event event) {
    if (event.overflow()) {
      List.copyOf(tracked.values()).forEach(entry -> later(() -> exited(entry)));
      return;
    }
    Tracked entry = tracked.get(event.name());
    if (entry != null) {
      later(() -> exited(entry));
    }
  }

  /** Event handlers never block; files are read and listeners called elsewhere. */
  private static void later(Runnable work) {
    Thread.ofVirtual().name("container-exit").start(work);
  }

  private void exited(Tracked entry) {
    try {
      files.read(entry.container).ifPresent(record -> tell(entry, record));
    } catch (IOException e) {
      LOG.warn("container {}: its exit file cannot be read", entry.container.id(), e);
    }
  }

  /** What it left keeps its output open, which conmon reads to the end before it notes the exit. */
  private void initEnded(Tracked entry) {
    if (!entry.told.get()) {
      listener.onInitEnd(entry.container.id());
    }
  }

  private void monitorEnded(Tracked entry) {
    exited(entry);
    if (entry.told.get()) {
      return;
    }
    ContainerRef container = entry.container;
    if (!Files.exists(container.bundle().resolve("config.json"))) {
      // It was deleted, with its exit file: its monitor ended as it should.
      tell(entry, new ExitRecord(ExitRecord.KILLED_CODE, Instant.now(), false, false));
      return;
    }
    if (container.running()) {
      LOG.warn("container {}: conmon ended before it; the container is killed", container.id());
      boolean oom = files.oomKilled(container, ExitRecord.KILLED_CODE);
      kill(container);
      tell(entry, new ExitRecord(ExitRecord.KILLED_CODE, Instant.now(), oom, true));
      return;
    }
    Optional<Integer> own = ownCode(entry);
    LOG.warn(
        "container {}: conmon ended without noting how the container did; is there room in {}?",
        container.id(),
        container.exitDir());
    int code = own.orElse(ExitRecord.UNKNOWN_CODE);
    boolean oom = files.oomKilled(container, code);
    kill(container);
    tell(entry, new ExitRecord(code, Instant.now(), oom, own.isEmpty()));
  }

  /** The exit code of a first process that has ended; who inherited it from conmon reaps it. */
  private static Optional<Integer> ownCode(Tracked entry) {
    ProcessId init = entry.container.init();
    long until = System.nanoTime() + REAP_PATIENCE.toNanos();
    while (init != null && init.present() && System.nanoTime() < until) {
      LockSupport.parkNanos(REAP_PAUSE.toNanos());
    }
    try {
      return entry.status().map(ExitStatus::code);
    } catch (IOException e) {
      LOG.warn("container {}: the kernel does not tell its end", entry.container.id(), e);
      return Optional.empty();
    }
  }

  private void kill(ContainerRef container) {
    for (int i = 0; i < KILL_TRIES; i++) {
      try {
        BlockingCalls.run(
            "kill container " + container.id(),
            KILL_DEADLINE.multipliedBy(2),
            () -> {
              Cgroup.of(host, container.cgroupPath()).kill(KILL_DEADLINE);
              return true;
            });
        return;
      } catch (IOException e) {
        LOG.warn("container {}: it has no monitor and cannot be killed", container.id(), e);
      }
    }
  }

  private void tell(Tracked entry, ExitRecord record) {
    if (!entry.told.compareAndSet(false, true)) {
      return;
    }
    tracked.remove(entry.container.id(), entry);
    entry.end();
    try {
      listener.onExit(entry.container.id(), record);
    } catch (RuntimeException e) {
      LOG.error("container {}: who wanted to know of its end failed", entry.container.id(), e);
    }
  }

  /** Ends all watching; nothing is told any more. */
  @Override
  public void close() {
    inotify.close();
    List.copyOf(tracked.keySet()).forEach(this::forget);
  }
}
