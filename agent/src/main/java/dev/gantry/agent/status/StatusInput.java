package dev.gantry.agent.status;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.runtime.PodSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a pod's status is made of.
 *
 * @param pod with its status until now
 * @param reasons why containers wait, by name
 * @param over whether its containers are not started any more
 * @param nodeIps the node's addresses
 */
public record StatusInput(
    Pod pod,
    PodSnapshot snapshot,
    Map<String, Reason> reasons,
    boolean over,
    List<String> nodeIps,
    Instant now) {
  public StatusInput {
    reasons = Map.copyOf(reasons);
    nodeIps = List.copyOf(nodeIps);
  }
}
