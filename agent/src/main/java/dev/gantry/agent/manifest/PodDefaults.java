package dev.gantry.agent.manifest;

import dev.gantry.agent.admission.Priorities;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceRequirements;
import dev.gantry.agent.podspec.PodResources;
import java.util.Map;
import java.util.TreeMap;

/** The API server's defaults that depend on several parts of a pod. */
final class PodDefaults {
  private static final String HUGE_PAGES = "hugepages-";

  private PodDefaults() {}

  /** The specification with the priority of its class and the requests of the pod as a whole. */
  static PodSpec of(PodSpec given) {
    PodSpec spec =
        given.priorityClassName().isEmpty()
            ? given
            : given.withPriority(Priorities.of(given.priorityClassName()));
    return PodResources.areOfPod(spec) ? withPodRequests(spec) : spec;
  }

  /**
   * What the pod as a whole does not request, it requests as its containers do, or else as it is
   * limited. Huge pages of containers are limits of the pod.
   */
  private static PodSpec withPodRequests(PodSpec spec) {
    ResourceRequirements own = java.util.Objects.requireNonNull(spec.resources());
    PodSpec ofContainers = spec.withResources(null);
    Map<String, Quantity> limits = new TreeMap<>(own.limits());
    PodResources.limitsWithoutOverhead(ofContainers)
        .forEach((name, limit) -> {
          if (name.startsWith(HUGE_PAGES) && !own.requests().containsKey(name)) {
            limits.putIfAbsent(name, limit);
          }
        });
    Map<String, Quantity> requests = new TreeMap<>(own.requests());
    if (!limits.isEmpty()) {
      PodResources.requestsWithoutOverhead(ofContainers)
          .forEach((name, request) -> {
            if (name.equals("cpu") || name.equals("memory")) {
              requests.putIfAbsent(name, request);
            }
          });
      limits.forEach(requests::putIfAbsent);
    }
    return spec.withResources(new ResourceRequirements(limits, requests));
  }
}
