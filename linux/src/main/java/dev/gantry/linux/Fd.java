package dev.gantry.linux;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor that somebody owns and closes once.
 *
 * <p>Reads and writes block as the file does: on a pipe, socket or terminal that is not
 * non-blocking use them on a platform thread only.
 */
public final class Fd implements AutoCloseable {
  /** The directory constant AT_FDCWD (openat(2)): paths are relative to the working directory. */
  public static final Fd CWD = new Fd(-100);

  private static final int CLOSED = Integer.MIN_VALUE;

  private final AtomicInteger number;

  private Fd(int number) {
    this.number = new AtomicInteger(number);
  }

  /** Takes over a descriptor that the kernel just gave. */
  public static Fd of(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a file descriptor: " + number);
    }
    return new Fd(number);
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException when it is closed: the number may be another file's by now
   */
  public int number() {
    int n = number.get();
    if (n == CLOSED) {
      throw new IllegalStateException("file descriptor is closed");
    }
    return n;
  }

  /** Whether it is still open. */
  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /** Gives the number up without closing it: somebody else owns it from here. */
  public int release() {
    int n = number();
    if (!number.compareAndSet(n, CLOSED)) {
      throw new IllegalStateException("file descriptor is closed");
    }
    return n;
  }

  /**
   * The path through which /proc shows this descriptor to this process, for calls that want a path.
   */
  public String procPath() {
    return "/proc/self/fd/" + number();
  }

  /** A second descriptor of the same open file, close-on-exec (fcntl(2), F_DUPFD_CLOEXEC). */
  public Fd duplicate() throws LinuxException {
    int dupCloseOnExec = 1030;
    return of(
        (int) Native.check(Native.retry(Nr.FCNTL, number(), dupCloseOnExec, 0), "dup", toString()));
  }

  /** Makes reads and writes answer EAGAIN instead of waiting (fcntl(2), O_NONBLOCK). */
  public Fd nonBlocking() throws LinuxException {
    int getFlags = 3;
    int setFlags = 4;
    int nonBlock = 0x800;
    long flags = Native.check(Native.syscall(Nr.FCNTL, number(), getFlags), "fcntl", toString());
    Native.check(
        Native.syscall(Nr.FCNTL, number(), setFlags, flags | nonBlock), "fcntl", toString());
    return this;
  }

  /**
   * Reads up to the segment's size (read(2)).
   *
   * @return bytes read, 0 at the end of the file
   */
  public long read(MemorySegment into) throws LinuxException {
    return Native.check(
        Native.retry(Nr.READ, number(), into.address(), into.byteSize()), "read", toString());
  }

  /** Writes all of the segment, in as many calls as that takes (write(2)). */
  public void write(MemorySegment from) throws LinuxException {
    long done = 0;
    while (done < from.byteSize()) {
      done +=
          Native.check(
              Native.retry(Nr.WRITE, number(), from.address() + done, from.byteSize() - done),
              "write",
              toString());
    }
  }

  /** Writes all that remains in a direct buffer and moves its position to its limit. */
  public void write(ByteBuffer direct) throws LinuxException {
    write(MemorySegment.ofBuffer(direct));
    direct.position(direct.limit());
  }

  /** Writes all that remains in a direct buffer to this place in the file (pwrite(2)). */
  public void write(ByteBuffer direct, long offset) throws LinuxException {
    MemorySegment from = MemorySegment.ofBuffer(direct);
    long done = 0;
    while (done < from.byteSize()) {
      done +=
          Native.check(
              Native.retry(
                  Nr.PWRITE64,
                  number(),
                  from.address() + done,
                  from.byteSize() - done,
                  offset + done),
              "write",
              toString());
    }
    direct.position(direct.limit());
  }

  /**
   * A stream over the file's bytes that copies through a native buffer of 64 KiB; closing it closes
   * this descriptor. Not for use by two threads at once.
   */
  public InputStream input() {
    return new FdInput(this);
  }

  /** A stream that writes each call through to the file; closing it closes this descriptor. */
  public OutputStream output() {
    return new FdOutput(this);
  }

  /**
   * Closes the descriptor; a second time does nothing. Errors of close(2) are not reported: the
   * descriptor is gone either way, and what must be on disk is fsynced before.
   */
  @Override
  public void close() {
    int n = number.get();
    if (n >= 0 && number.compareAndSet(n, CLOSED)) {
      Native.syscall(Nr.CLOSE, n);
    }
  }

  @Override
  public String toString() {
    int n = number.get();
    return n == CLOSED ? "fd (closed)" : n < 0 ? "fd AT_FDCWD" : "fd " + n;
  }
}
