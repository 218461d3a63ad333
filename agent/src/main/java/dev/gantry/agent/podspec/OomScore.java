package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceRequirements;
import java.util.Map;

/** Who is killed first when the node has no memory left. */
final class OomScore {
  private static final int GUARANTEED = -997;
  private static final int BEST_EFFORT = 1000;
  private static final String NODE_CRITICAL = "system-node-critical";
  private static final int CRITICAL_PRIORITY = 2_000_000_000;

  private OomScore() {}

  /** Between those of the classes, the lower the more of the node's memory it has asked for. */
  static int of(PodSpec spec, Container container, long nodeMemory) {
    if (isNodeCritical(spec)) {
      return GUARANTEED;
    }
    return switch (Qos.of(spec)) {
      case Guaranteed -> GUARANTEED;
      case BestEffort -> BEST_EFFORT;
      case Burstable -> burstable(spec, container, nodeMemory);
    };
  }

  private static boolean isNodeCritical(PodSpec spec) {
    Integer priority = spec.priority();
    return spec.priorityClassName().equals(NODE_CRITICAL)
        && priority != null
        && priority >= CRITICAL_PRIORITY;
  }

  private static int burstable(PodSpec spec, Container container, long nodeMemory) {
    long share = shareOfPod(spec);
    long score = 1000 - 1000 * (memory(container.resources().requests()) + share) / nodeMemory;
    if (container.isRestartableInit() && spec.initContainers().contains(container)) {
      long least =
          spec.containers().stream()
              .mapToLong(one -> memory(one.resources().requests()))
              .min()
              .orElse(0);
      score = Math.min(score, 1000 - 1000 * (least + share) / nodeMemory);
    }
    return Math.clamp(score, 1000 + GUARANTEED, BEST_EFFORT - 1);
  }

  /** What the pod as a whole asks for beyond its containers, divided among them. */
  private static long shareOfPod(PodSpec spec) {
    ResourceRequirements ofPod = spec.resources();
    if (ofPod == null || memory(ofPod.requests()) == 0) {
      return 0;
    }
    long rest = memory(ofPod.requests()) - memory(PodResources.requestsOfContainers(spec));
    return rest / (spec.containers().size() + spec.initContainers().size());
  }

  private static long memory(Map<String, Quantity> resources) {
    return resources.getOrDefault("memory", Quantity.ZERO).value();
  }
}
