package dev.gantry.linux.event;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.event.Inotify.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The one inotify instance, and who wants to know about which of its watches. */
final class InotifyHub {
  private static final System.Logger LOG = System.getLogger(InotifyHub.class.getName());

  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int NON_BLOCKING = 0x800;
  private static final int O_PATH = 0x200000;
  private static final int O_DIRECTORY = directoryFlag();
  private static final int IN_MASK_ADD = 0x20000000;
  private static final int HEADER_BYTES = 16;

  private final Fd fd;
  private final ReentrantLock lock = new ReentrantLock();
  // One directory has one watch descriptor, however often it is watched.
  private final Map<Integer, List<Inotify>> watches = new HashMap<>();

  private static final class Shared {
    private static final InotifyHub HUB = make();

    private Shared() {}

    private static InotifyHub make() {
      try {
        return new InotifyHub();
      } catch (LinuxException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static InotifyHub shared() {
    return Shared.HUB;
  }

  @SuppressWarnings("unused") // held by the loop for as long as the JVM lives
  private final Registration registration;

  private InotifyHub() throws LinuxException {
    long number = Native.syscall(Nr.INOTIFY_INIT1, CLOSE_ON_EXEC | NON_BLOCKING);
    fd = Fd.of((int) Native.check(number, "make inotify instance", ""));
    EventLoop loop = EventLoop.shared();
    registration = loop.watch(fd, EventLoop.IN, events -> ready(loop.scratch()));
  }

  void add(Path directory, int mask, Inotify watch) throws LinuxException {
    try (Arena arena = Arena.ofConfined();
        Fd dir = open(arena, directory)) {
      MemorySegment path = Native.string(arena, dir.procPath());
      lock.lock();
      try {
        long wd =
            Native.syscall(Nr.INOTIFY_ADD_WATCH, fd.number(), path.address(), mask | IN_MASK_ADD);
        Native.check(wd, "watch", directory.toString());
        watches.computeIfAbsent((int) wd, k -> new ArrayList<>()).add(watch);
      } finally {
        lock.unlock();
      }
    }
  }

  /** The path is walked before our lock is taken: a hanging file system must not hold the loop. */
  private static Fd open(Arena arena, Path directory) throws LinuxException {
    long dir =
        Native.retry(
            Nr.OPENAT,
            Fd.CWD.number(),
            Native.string(arena, directory.toString()).address(),
            O_PATH | O_DIRECTORY | CLOSE_ON_EXEC,
            0);
    return Fd.of((int) Native.check(dir, "watch", directory.toString()));
  }

  void remove(Inotify watch) {
    lock.lock();
    try {
      watches
          .entrySet()
          .removeIf(entry -> {
            boolean last = entry.getValue().remove(watch) && entry.getValue().isEmpty();
            if (last) {
              // EINVAL: the kernel has ended the watch before us.
              Native.syscall(Nr.INOTIFY_RM_WATCH, fd.number(), entry.getKey());
            }
            return last;
          });
    } finally {
      lock.unlock();
    }
  }

  private void ready(MemorySegment buffer) throws IOException {
    long count = Native.retry(Nr.READ, fd.number(), buffer.address(), buffer.byteSize());
    if (Native.failedWith(count, Errno.EAGAIN)) {
      return;
    }
    Native.check(count, "read", "inotify events");
    // Copied first: a consumer may use the loop's buffer too.
    MemorySegment events =
        MemorySegment.ofArray(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
    for (long at = 0; at < count; ) {
      int length = events.get(ValueLayout.JAVA_INT_UNALIGNED, at + 12);
      dispatch(
          events.get(ValueLayout.JAVA_INT_UNALIGNED, at),
          events.get(ValueLayout.JAVA_INT_UNALIGNED, at + 4),
          name(events, at + HEADER_BYTES, length));
      at += HEADER_BYTES + length;
    }
  }

  /** Names are padded with NULs. */
  private static String name(MemorySegment events, long at, int padded) {
    int length = 0;
    while (length < padded && events.get(ValueLayout.JAVA_BYTE, at + length) != 0) {
      length++;
    }
    return Native.text(events, at, length);
  }

  private void dispatch(int wd, int mask, String name) {
    for (Inotify watch : watchesOf(wd, mask)) {
      try {
        watch.deliver(new Event(mask, name));
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "consumer of inotify events failed", e);
      }
    }
  }

  private List<Inotify> watchesOf(int wd, int mask) {
    lock.lock();
    try {
      if (wd < 0) {
        return watches.values().stream().flatMap(List::stream).toList();
      }
      List<Inotify> of = List.copyOf(watches.getOrDefault(wd, List.of()));
      if ((mask & Inotify.IGNORED) != 0) {
        watches.remove(wd);
      }
      return of;
    } finally {
      lock.unlock();
    }
  }

  private static int directoryFlag() {
    return System.getProperty("os.arch", "").equals("aarch64") ? 0x4000 : 0x10000;
  }
}
