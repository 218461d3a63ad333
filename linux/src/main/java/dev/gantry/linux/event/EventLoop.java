package dev.gantry.linux.event;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Waits for many file descriptors on one thread, by epoll(7).
 *
 * <p>Handlers run on that thread: they are short, never block, and never wait for a lock that
 * somebody holds while closing a registration.
 */
public final class EventLoop implements AutoCloseable {
  /** There is something to read, or the end of the file. */
  public static final int IN = 0x1;

  /** There is room to write. */
  public static final int OUT = 0x4;

  /** An error; always reported. */
  public static final int ERR = 0x8;

  /** The other end is closed; always reported. */
  public static final int HUP = 0x10;

  /** The handler is called once only. */
  public static final int ONE_SHOT = 1 << 30;

  private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());

  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int BATCH = 64;
  private static final int SCRATCH_BYTES = 64 << 10;
  private static final long STACK_BYTES = 256 << 10;

  // struct epoll_event is packed on x86-64 alone.
  private static final boolean PACKED = !System.getProperty("os.arch", "").equals("aarch64");
  private static final int EVENT_BYTES = PACKED ? 12 : 16;
  private static final int DATA_OFFSET = PACKED ? 4 : 8;

  private final Fd epoll;
  private final Fd wake;
  private final Thread thread;
  private final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH_BYTES, 8);
  private final Map<Long, Registration> registrations = new ConcurrentHashMap<>();
  private final AtomicLong nextId = new AtomicLong(1);
  private volatile boolean closed;

  /** What is called when a descriptor is ready. */
  @FunctionalInterface
  public interface IoHandler {
    /**
     * Called on the loop's thread; an exception is logged and ends the registration.
     *
     * @param events which of {@link EventLoop}'s event bits are set
     */
    void ready(int events) throws IOException;
  }

  private static final class Shared {
    private static final EventLoop LOOP = make();

    private Shared() {}

    private static EventLoop make() {
      try {
        return new EventLoop("event-loop");
      } catch (LinuxException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The loop of this JVM; it is made at its first use and never closed. */
  public static EventLoop shared() {
    return Shared.LOOP;
  }

  /** A loop of its own, for what needs one. */
  public EventLoop(String name) throws LinuxException {
    epoll = Fd.of((int) Native.check(Native.syscall(Nr.EPOLL_CREATE1, CLOSE_ON_EXEC), "epoll", ""));
    wake = Fd.of((int) Native.check(Native.syscall(Nr.EVENTFD2, 0, CLOSE_ON_EXEC), "eventfd", ""));
    control(ADD, wake.number(), IN, 0);
    thread = new Thread(null, this::run, name, STACK_BYTES, false);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Calls the handler whenever the descriptor is ready, until the registration is closed; that must
   * happen before the descriptor is closed.
   *
   * @param events {@link #IN}, {@link #OUT}, with {@link #ONE_SHOT} if once is enough
   * @throws LinuxException EPERM for a regular file, which is always ready
   */
  public Registration watch(Fd fd, int events, IoHandler handler) throws LinuxException {
    if (closed) {
      throw new IllegalStateException("event loop is closed");
    }
    Registration registration = new Registration(nextId.getAndIncrement(), fd, handler);
    registrations.put(registration.id, registration);
    try {
      control(ADD, fd.number(), events, registration.id);
    } catch (LinuxException | RuntimeException e) {
      registrations.remove(registration.id);
      throw e;
    }
    return registration;
  }

  /** A buffer for handlers to read into while they run; it is theirs until they return. */
  MemorySegment scratch() {
    return scratch;
  }

  private void control(int operation, int fd, int events, long id) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = arena.allocate(16, 8);
      event.set(ValueLayout.JAVA_INT, 0, events);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, id);
      Native.check(
          Native.syscall(Nr.EPOLL_CTL, epoll.number(), operation, fd, event.address()),
          "watch",
          "fd " + fd);
    }
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EVENT_BYTES * BATCH, 8);
      while (!closed) {
        long count = Native.syscall(Nr.EPOLL_PWAIT, epoll.number(), events.address(), BATCH, -1);
        if (count < 0 && !Native.failedWith(count, Errno.EINTR)) {
          throw new IllegalStateException("epoll_wait: errno " + -count);
        }
        for (int i = 0; i < count; i++) {
          long at = (long) i * EVENT_BYTES;
          long id = events.get(ValueLayout.JAVA_LONG_UNALIGNED, at + DATA_OFFSET);
          Registration registration = registrations.get(id);
          if (registration != null) {
            registration.dispatch(events.get(ValueLayout.JAVA_INT_UNALIGNED, at));
          }
        }
      }
    } finally {
      epoll.close();
      wake.close();
    }
  }

  /** Ends the loop; handlers are not called any more, descriptors stay open. */
  @Override
  public void close() {
    if (this == Shared.LOOP) {
      throw new IllegalStateException("the shared event loop is never closed");
    }
    if (!closed) {
      closed = true;
      try (Arena arena = Arena.ofConfined()) {
        Native.syscall(
            Nr.WRITE, wake.number(), arena.allocateFrom(ValueLayout.JAVA_LONG, 1).address(), 8);
      }
    }
  }

  /** A descriptor that is watched. */
  public final class Registration implements AutoCloseable {
    private final long id;
    private final Fd fd;
    private final IoHandler handler;
    private final ReentrantLock running = new ReentrantLock();
    private boolean over;

    private Registration(long id, Fd fd, IoHandler handler) {
      this.id = id;
      this.fd = fd;
      this.handler = handler;
    }

    private void dispatch(int events) {
      running.lock();
      try {
        if (!over) {
          handler.ready(events);
        }
      } catch (IOException | RuntimeException | Error e) {
        LOG.log(Level.ERROR, "event handler failed; it is not called again", e);
        close();
      } finally {
        running.unlock();
      }
    }

    /**
     * Ends the watch. After this returns the handler does not run and is not called again, so that
     * the descriptor may be closed; a handler may close its own registration.
     */
    @Override
    public void close() {
      running.lock();
      try {
        if (over) {
          return;
        }
        over = true;
        registrations.remove(id);
        if (!closed && fd.isOpen()) {
          control(DELETE, fd.number(), 0, id);
        }
      } catch (LinuxException gone) {
        LOG.log(Level.DEBUG, "descriptor was closed before its registration", gone);
      } finally {
        running.unlock();
      }
    }
  }
}
