package dev.gantry.container;

import dev.gantry.oci.runtime.Process;

/**
 * A command to be run in a container, with which of its streams are wanted; with a terminal in
 * {@code process} that is all there is.
 */
public record ExecStreamsRequest(Process process, boolean stdin, boolean stdout, boolean stderr) {
  public ExecStreamsRequest {
    if (process.args().isEmpty() || process.args().getFirst().isEmpty()) {
      throw new IllegalArgumentException("no command to run");
    }
  }
}
