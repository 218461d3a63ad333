package dev.gantry.daemon.spec;

import dev.gantry.oci.runtime.Process;
import java.util.ArrayList;
import java.util.List;

/** The process of an exec: the container's own with another command line. */
public final class ExecProcess {
  private ExecProcess() {}

  /**
   * The process to run, which may have a terminal, of its own.
   *
   * @param container the {@code process} of the container's specification
   */
  public static Process of(Process container, List<String> command, boolean terminal) {
    return new Process(
        terminal,
        null,
        container.user(),
        command,
        terminal ? withTerm(container.env()) : container.env(),
        container.cwd(),
        container.capabilities(),
        container.rlimits(),
        container.noNewPrivileges(),
        container.apparmorProfile(),
        container.oomScoreAdj(),
        container.selinuxLabel());
  }

  private static List<String> withTerm(List<String> env) {
    if (env.stream().anyMatch(variable -> variable.startsWith("TERM="))) {
      return env;
    }
    var more = new ArrayList<>(env);
    more.add("TERM=xterm");
    return more;
  }
}
