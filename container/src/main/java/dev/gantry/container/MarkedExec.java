package dev.gantry.container;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** A command whose processes are the host's: those in the container's cgroup that have its mark. */
record MarkedExec(ContainerRef container, Cgroup group, ExecMark mark) implements ExecReach {
  @Override
  public Process prepared() {
    return mark.marked();
  }

  @Override
  public List<String> options(String file) {
    return List.of();
  }

  @Override
  public void killAll(Path pidFile, Duration deadline, String what) throws IOException {
    mark.killAll(group, deadline, what);
  }

  @Override
  public List<Integer> processes() throws IOException {
    return mark.processes(group);
  }

  /** Through its first process: the node does not see the container's mounts. */
  @Override
  public CommandLookup lookup() {
    return CommandLookup.ofProcess(Objects.requireNonNull(container.init()));
  }
}
