package dev.gantry.linux.event;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Both ends of a pipe(2), close-on-exec; each is closed by whoever it is given to.
 *
 * @param read what is written at the other end
 * @param write ends the reader's file when its last duplicate is closed
 */
public record Pipe(Fd read, Fd write) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int FIONREAD = 0x541B;

  /** A new pipe. */
  public static Pipe open() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(8, 8);
      Native.check(Native.syscall(Nr.PIPE2, ends.address(), O_CLOEXEC), "make pipe", "");
      return new Pipe(
          Fd.of(ends.getAtIndex(ValueLayout.JAVA_INT, 0)),
          Fd.of(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
    }
  }

  /**
   * The same with room for so many bytes, so that fewer wake-ups move more of them; left as it is
   * where the kernel does not allow that much (fcntl(2), F_SETPIPE_SZ).
   */
  public Pipe roomFor(int bytes) {
    int setPipeSize = 1031;
    Native.syscall(Nr.FCNTL, read.number(), setPipeSize, bytes);
    return this;
  }

  /** How many bytes wait to be read (FIONREAD, see pipe(7)). */
  public static int pending(Fd read) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      Native.check(
          Native.syscall(Nr.IOCTL, read.number(), FIONREAD, count.address()),
          "look into",
          read.toString());
      return count.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /** Closes both ends. */
  @Override
  public void close() {
    read.close();
    write.close();
  }
}
