package dev.gantry.agent.api;

import java.util.List;

/** Who a container's first process was started as. */
public record LinuxContainerUser(
    @Always long uid, @Always long gid, List<Long> supplementalGroups) {
  public LinuxContainerUser {
    supplementalGroups = Fields.list(supplementalGroups);
  }
}
