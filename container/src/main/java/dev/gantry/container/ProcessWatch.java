package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.process.ExitStatus;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import java.util.Optional;

/** Tells when a process ends, whosever child it is: by its pidfd, on the shared event loop. */
final class ProcessWatch implements AutoCloseable {
  private final Pidfd process;
  private final Registration watch;

  private ProcessWatch(Pidfd process, Registration watch) {
    this.process = process;
    this.watch = watch;
  }

  /**
   * Begins to watch; empty when the process has ended and was reaped.
   *
   * @param ended called once on the loop's thread, so it never blocks
   */
  static Optional<ProcessWatch> start(ProcessId process, Runnable ended) throws LinuxException {
    Optional<Pidfd> open = Pidfd.open(process);
    if (open.isEmpty()) {
      return Optional.empty();
    }
    Pidfd pidfd = open.get();
    try {
      Registration watch =
          EventLoop.shared()
              .watch(pidfd.fd(), EventLoop.IN | EventLoop.ONE_SHOT, events -> ended.run());
      return Optional.of(new ProcessWatch(pidfd, watch));
    } catch (LinuxException e) {
      pidfd.close();
      throw e;
    }
  }

  /** How it ended, see {@link Pidfd#exitStatus}. */
  Optional<ExitStatus> exitStatus() throws LinuxException {
    return process.exitStatus();
  }

  /** Ends the watch, and then only closes what is watched. */
  @Override
  public void close() {
    watch.close();
    process.close();
  }
}
