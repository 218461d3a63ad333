package dev.gantry.daemon.spec;

import dev.gantry.oci.runtime.Process;
import java.util.List;

/** The process of an exec: the container's own with another command line. */
public final class ExecProcess {
  private ExecProcess() {}

  /**
   * The process to run.
   *
   * @param container the {@code process} of the container's specification
   */
  public static Process of(Process container, List<String> command) {
    return new Process(
        false,
        null,
        container.user(),
        command,
        container.env(),
        container.cwd(),
        container.capabilities(),
        container.rlimits(),
        container.noNewPrivileges(),
        container.apparmorProfile(),
        container.oomScoreAdj(),
        container.selinuxLabel());
  }
}
