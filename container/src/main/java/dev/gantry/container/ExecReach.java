package dev.gantry.container;

import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** How a command, with everything it starts, is found again when it must be killed. */
sealed interface ExecReach permits MarkedExec, GuestExec {
  /** The process as it is to be started. */
  Process prepared();

  /**
   * What {@code exec} is told besides.
   *
   * @param file beginning of the names of files that are the command's
   */
  List<String> options(String file);

  /**
   * Kills the command with what it started, and returns when nothing of it is left.
   *
   * @throws RuntimeFailure TIMED_OUT when something is left at the deadline
   */
  void killAll(Path pidFile, Duration deadline, String what) throws IOException;

  /** The processes of the command and of what it started, as far as the host sees them. */
  List<Integer> processes() throws IOException;

  /** Where a command that the runtime did not start is looked for. */
  CommandLookup lookup() throws IOException;
}
