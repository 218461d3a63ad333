package dev.gantry.linux.terminal;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** A terminal by one of its descriptors, either side of it. */
public final class Terminal {
  private static final int TCGETS = 0x5401;
  private static final int TCSETS = 0x5402;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int TERMIOS_BYTES = 64;

  // struct termios of the kernel: four flag words, then the control characters after one byte.
  private static final int INPUT = 0;
  private static final int OUTPUT = 4;
  private static final int CONTROL = 8;
  private static final int LOCAL = 12;
  private static final int CHARACTERS = 17;
  private static final int VTIME = 5;
  private static final int VMIN = 6;

  // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON, as cfmakeraw(3) clears them.
  private static final int RAW_INPUT = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
  private static final int OPOST = 0x1;
  private static final int ONLCR = 0x4;
  // ECHO ECHONL ICANON ISIG IEXTEN
  private static final int RAW_LOCAL = 0x8 | 0x40 | 0x2 | 0x1 | 0x8000;
  private static final int CSIZE_PARENB = 0x30 | 0x100;
  private static final int CS8 = 0x30;

  private final int fd;

  private Terminal(int fd) {
    this.fd = fd;
  }

  /** Rows and columns of characters. */
  public record Size(int rows, int columns) {
    public Size {
      if (rows < 0 || rows > 0xFFFF || columns < 0 || columns > 0xFFFF) {
        throw new IllegalArgumentException("no size of a terminal: " + rows + " x " + columns);
      }
    }
  }

  /** What a terminal was like before; closing it makes it so again. */
  public interface Saved extends AutoCloseable {
    @Override
    void close();
  }

  /** The terminal that standard input, 0, or output, 1, is; empty when it is none. */
  public static Optional<Terminal> standard(int number) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = arena.allocate(TERMIOS_BYTES, 8);
      long result = Native.syscall(Nr.IOCTL, number, TCGETS, termios.address());
      return result < 0 ? Optional.empty() : Optional.of(new Terminal(number));
    }
  }

  /** The terminal of an open descriptor, which stays the caller's. */
  public static Terminal of(Fd fd) {
    return new Terminal(fd.number());
  }

  /** Its size as the kernel knows it; 0 x 0 when nobody has said. */
  public Size size() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment window = arena.allocate(8, 8);
      check(Native.syscall(Nr.IOCTL, fd, TIOCGWINSZ, window.address()));
      return new Size(
          Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 0)),
          Short.toUnsignedInt(window.get(ValueLayout.JAVA_SHORT, 2)));
    }
  }

  /** Sets its size; the foreground process group gets SIGWINCH when that is a change. */
  public void resize(Size size) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment window = arena.allocate(8, 8);
      window.set(ValueLayout.JAVA_SHORT, 0, (short) size.rows());
      window.set(ValueLayout.JAVA_SHORT, 2, (short) size.columns());
      check(Native.syscall(Nr.IOCTL, fd, TIOCSWINSZ, window.address()));
    }
  }

  /** Has it write CR LF for each LF, as people's terminals want it; OCI runtimes differ in this. */
  public void newlines() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = read(arena);
      change(termios, OUTPUT, 0, OPOST | ONLCR);
      check(Native.syscall(Nr.IOCTL, fd, TCSETS, termios.address()));
    }
  }

  /** What it is like now. */
  public Saved saved() throws LinuxException {
    byte[] now = new byte[TERMIOS_BYTES];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment.copy(read(arena), ValueLayout.JAVA_BYTE, 0, now, 0, TERMIOS_BYTES);
    }
    return () -> restore(now);
  }

  /** Passes every key on as it is typed and every byte as it is written, as cfmakeraw(3). */
  public void raw() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = read(arena);
      change(termios, INPUT, RAW_INPUT, 0);
      change(termios, OUTPUT, OPOST, 0);
      change(termios, LOCAL, RAW_LOCAL, 0);
      change(termios, CONTROL, CSIZE_PARENB, CS8);
      termios.set(ValueLayout.JAVA_BYTE, CHARACTERS + VMIN, (byte) 1);
      termios.set(ValueLayout.JAVA_BYTE, CHARACTERS + VTIME, (byte) 0);
      check(Native.syscall(Nr.IOCTL, fd, TCSETS, termios.address()));
    }
  }

  private void restore(byte[] before) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = arena.allocate(TERMIOS_BYTES, 8);
      MemorySegment.copy(before, 0, termios, ValueLayout.JAVA_BYTE, 0, TERMIOS_BYTES);
      // A terminal that is gone needs no restoring.
      Native.syscall(Nr.IOCTL, fd, TCSETS, termios.address());
    }
  }

  private MemorySegment read(Arena arena) throws LinuxException {
    MemorySegment termios = arena.allocate(TERMIOS_BYTES, 8);
    check(Native.syscall(Nr.IOCTL, fd, TCGETS, termios.address()));
    return termios;
  }

  private static void change(MemorySegment termios, int word, int clear, int set) {
    int flags = termios.get(ValueLayout.JAVA_INT, word);
    termios.set(ValueLayout.JAVA_INT, word, (flags & ~clear) | set);
  }

  private void check(long result) throws LinuxException {
    Native.check(result, "control terminal", "fd " + fd);
  }
}
