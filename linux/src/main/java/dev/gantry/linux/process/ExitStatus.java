package dev.gantry.linux.process;

import org.jspecify.annotations.Nullable;

/**
 * How a process ended.
 *
 * @param code what it exited with, or 128 plus the signal's number, as shells and the CRI give it
 * @param signal the signal that ended it, or null when it exited by itself
 */
public record ExitStatus(int code, @Nullable Integer signal) {
  private static final int CLD_EXITED = 1;

  /** Whether the process exited by itself with 0. */
  public boolean success() {
    return code == 0;
  }

  /** For people: {@code exit code 3} or {@code SIGKILL}. */
  public String describe() {
    Integer by = signal;
    return by == null ? "exit code " + code : Signals.name(by);
  }

  /** From the status of wait(2). */
  static ExitStatus ofWait(int status) {
    int bySignal = status & 0x7f;
    return bySignal == 0
        ? new ExitStatus(status >> 8 & 0xff, null)
        : new ExitStatus(128 + bySignal, bySignal);
  }

  /** From {@code si_code} and {@code si_status} of waitid(2). */
  static ExitStatus of(int siCode, int siStatus) {
    return siCode == CLD_EXITED
        ? new ExitStatus(siStatus, null)
        : new ExitStatus(128 + siStatus, siStatus);
  }
}
