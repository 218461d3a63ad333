package dev.gantry.container;

import dev.gantry.oci.runtime.Process;
import java.time.Duration;

/**
 * A command to be run in a container.
 *
 * @param process the command, its environment and rights
 * @param timeout after which it is killed with all that it started; zero for never
 * @param maxOutputBytes most that is kept of standard output, and of standard error
 */
public record ExecRequest(Process process, Duration timeout, int maxOutputBytes) {
  /** What containerd and CRI-O keep of each stream. */
  public static final int MAX_OUTPUT_BYTES = 16 << 20;

  public ExecRequest {
    if (process.args().isEmpty() || process.args().getFirst().isEmpty()) {
      throw new IllegalArgumentException("no command to run");
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("negative timeout " + timeout);
    }
  }

  public ExecRequest(Process process, Duration timeout) {
    this(process, timeout, MAX_OUTPUT_BYTES);
  }
}
