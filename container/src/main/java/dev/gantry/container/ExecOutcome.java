package dev.gantry.container;

/** How a command in a container ended. */
public final class ExecOutcome {
  private final int exitCode;
  private final boolean timedOut;
  private final Output stdout;
  private final Output stderr;

  /**
   * What was kept of one stream.
   *
   * @param truncated whether there was more
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
  public record Output(byte[] data, boolean truncated) {}

  ExecOutcome(int exitCode, boolean timedOut, Output stdout, Output stderr) {
    this.exitCode = exitCode;
    this.timedOut = timedOut;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** What it exited with, or 128 plus the number of the signal that ended it. */
  public int exitCode() {
    return exitCode;
  }

  /** Whether it was killed at its timeout, with all that it started. */
  public boolean timedOut() {
    return timedOut;
  }

  /** Its standard output. */
  public Output stdout() {
    return stdout;
  }

  /** Its standard error. */
  public Output stderr() {
    return stderr;
  }
}
