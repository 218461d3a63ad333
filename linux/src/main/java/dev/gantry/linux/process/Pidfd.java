package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A handle on one process that a reused number cannot mislead; see pidfd_open(2). It becomes
 * readable when the process is dead, also to those who are not its parent.
 */
public final class Pidfd implements AutoCloseable {
  /** {@code struct pidfd_info} as it was when exit codes came into it. */
  private static final int INFO_BYTES = 64;

  private static final int INFO_EXIT_CODE = 60;

  /** {@code PIDFD_INFO_EXIT}. */
  private static final long INFO_EXIT = 1 << 3;

  /** {@code PIDFD_GET_INFO}: both ways, 64 bytes, type 0xff, number 11. */
  private static final long GET_INFO = 3L << 30 | INFO_BYTES << 16 | 0xff << 8 | 11;

  private final Fd fd;

  private Pidfd(Fd fd) {
    this.fd = fd;
  }

  /** A handle on this very process; empty when it was reaped already. */
  public static Optional<Pidfd> open(ProcessId id) throws LinuxException {
    long number = Native.syscall(Nr.PIDFD_OPEN, id.pid(), 0);
    // EINVAL: the number is now that of a thread, so the process is gone.
    if (Native.failedWith(number, Errno.ESRCH) || Native.failedWith(number, Errno.EINVAL)) {
      return Optional.empty();
    }
    Native.check(number, "open pidfd of", Integer.toString(id.pid()));
    Fd fd = Fd.of((int) number);
    // Looked at after the open: if the number is still this process's, so is the handle.
    if (!id.present()) {
      fd.close();
      return Optional.empty();
    }
    return Optional.of(new Pidfd(fd));
  }

  /**
   * Sends a signal.
   *
   * @return false when the process is dead and reaped
   * @throws LinuxException EINVAL when there is no such signal, EPERM when it may not be sent
   */
  public boolean signal(int signal) throws LinuxException {
    return signal(fd, signal);
  }

  static boolean signal(Fd pidfd, int signal) throws LinuxException {
    long result = Native.syscall(Nr.PIDFD_SEND_SIGNAL, pidfd.number(), signal, 0, 0);
    if (Native.failedWith(result, Errno.ESRCH)) {
      return false;
    }
    Native.check(result, "send", Signals.name(signal));
    return true;
  }

  /**
   * How the process ended, once it was reaped by whomever; empty before that, and always on kernels
   * before Linux 6.15.
   *
   * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">PIDFD_GET_INFO in
   *     linux/pidfd.h</a>
   */
  public Optional<ExitStatus> exitStatus() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, Long.BYTES);
      info.set(ValueLayout.JAVA_LONG, 0, INFO_EXIT);
      long result = Native.syscall(Nr.IOCTL, fd.number(), GET_INFO, info.address());
      if (Native.failedWith(result, Errno.ENOTTY)
          || Native.failedWith(result, Errno.EINVAL)
          || Native.failedWith(result, Errno.ESRCH)) {
        return Optional.empty();
      }
      Native.check(result, "ask", "pidfd " + fd.number());
      return (info.get(ValueLayout.JAVA_LONG, 0) & INFO_EXIT) == 0
          ? Optional.empty()
          : Optional.of(ExitStatus.ofWait(info.get(ValueLayout.JAVA_INT, INFO_EXIT_CODE)));
    }
  }

  /**
   * A second descriptor of a file that the process has open; see pidfd_getfd(2).
   *
   * @param number the process's own number of it
   * @throws LinuxException EBADF when it has none with this number, ESRCH when it has ended
   */
  public Fd descriptor(int number) throws LinuxException {
    long result = Native.syscall(Nr.PIDFD_GETFD, fd.number(), number, 0);
    return Fd.of((int) Native.check(result, "get descriptor", Integer.toString(number)));
  }

  /** The descriptor, for an event loop; it is closed with this. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }
}
