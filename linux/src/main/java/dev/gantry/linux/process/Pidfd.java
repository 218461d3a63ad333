package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.util.Optional;

/**
 * A handle on one process that a reused number cannot mislead; see pidfd_open(2). It becomes
 * readable when the process is dead, also to those who are not its parent.
 */
public final class Pidfd implements AutoCloseable {
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

  /** The descriptor, for an event loop; it is closed with this. */
  public Fd fd() {
    return fd;
  }

  @Override
  public void close() {
    fd.close();
  }
}
