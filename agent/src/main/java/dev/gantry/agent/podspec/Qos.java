package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.PodQOSClass;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceRequirements;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** How a pod is treated when the node runs short. */
public final class Qos {
  private static final List<String> COUNTED = List.of("cpu", "memory");

  private Qos() {}

  /**
   * Guaranteed when every container has limits of cpu and memory and requests just those,
   * BestEffort when none asks for either, else Burstable. What the pod as a whole asks for comes
   * first.
   */
  public static PodQOSClass of(PodSpec spec) {
    List<ResourceRequirements> all = new ArrayList<>();
    if (spec.resources() != null) {
      all.add(spec.resources());
    } else {
      Stream.concat(spec.containers().stream(), spec.initContainers().stream())
          .map(Container::resources)
          .forEach(all::add);
    }
    Map<String, Quantity> requests = new TreeMap<>();
    Map<String, Quantity> limits = new TreeMap<>();
    boolean allLimited = true;
    for (ResourceRequirements one : all) {
      add(requests, one.requests());
      add(limits, one.limits());
      allLimited &= COUNTED.stream().allMatch(name -> isSet(one.limits(), name));
    }
    if (requests.isEmpty() && limits.isEmpty()) {
      return PodQOSClass.BestEffort;
    }
    return allLimited && requests.equals(limits) ? PodQOSClass.Guaranteed : PodQOSClass.Burstable;
  }

  private static void add(Map<String, Quantity> sum, Map<String, Quantity> more) {
    for (String name : COUNTED) {
      if (isSet(more, name)) {
        sum.merge(name, more.get(name), Quantity::plus);
      }
    }
  }

  private static boolean isSet(Map<String, Quantity> resources, String name) {
    return resources.getOrDefault(name, Quantity.ZERO).signum() > 0;
  }
}
