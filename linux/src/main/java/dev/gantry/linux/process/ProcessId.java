package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.util.Optional;

/**
 * A process that a reused number is never mistaken for: its pid and when it started.
 *
 * @param pid its number in our PID namespace
 * @param startTime clock ticks after boot, field 22 of {@code /proc/<pid>/stat}
 */
public record ProcessId(int pid, long startTime) {
  public ProcessId {
    if (pid <= 0) {
      throw new IllegalArgumentException("not a process id: " + pid);
    }
  }

  /**
   * The process that has this number now.
   *
   * @throws LinuxException ESRCH when there is none
   */
  public static ProcessId of(int pid) throws LinuxException {
    return find(pid)
        .orElseThrow(() ->
            new LinuxException("look up process", Integer.toString(pid), Errno.ESRCH.number()));
  }

  /** The process that has this number now; a dead one that was not yet reaped counts. */
  public static Optional<ProcessId> find(int pid) {
    return ProcessStat.read(pid).map(stat -> new ProcessId(pid, stat.startTime()));
  }

  /** Whether this process still runs; one that is dead but not yet reaped does not. */
  public boolean alive() {
    return ProcessStat.read(pid)
        .filter(stat -> stat.startTime() == startTime && !stat.dead())
        .isPresent();
  }

  /**
   * Whether this process has ended or is about to. The first one of a PID namespace that is killed
   * stays {@link #alive} until all that were in the namespace are reaped.
   */
  public boolean ending() {
    return ProcessStat.read(pid)
        .filter(stat -> stat.startTime() == startTime && !stat.ending())
        .isEmpty();
  }

  /** Whether this process was stopped by a signal and not continued since. */
  public boolean stopped() {
    return ProcessStat.read(pid)
        .filter(stat -> stat.startTime() == startTime && stat.state() == 'T')
        .isPresent();
  }

  /** Whether the number still belongs to this process, alive or waiting to be reaped. */
  public boolean present() {
    return ProcessStat.read(pid).filter(stat -> stat.startTime() == startTime).isPresent();
  }
}
