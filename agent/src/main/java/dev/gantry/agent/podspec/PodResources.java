package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.ResourceRequirements;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** What a pod asks for in all. */
public final class PodResources {
  private PodResources() {}

  /** The sum of what runs at the same time, with the overhead: what admission and cgroups count. */
  public static Map<String, Quantity> requests(PodSpec spec) {
    Map<String, Quantity> sum = requestsWithoutOverhead(spec);
    spec.overhead().forEach((name, amount) -> sum.merge(name, amount, Quantity::plus));
    return sum;
  }

  /** {@link #requests} of the containers only. */
  public static Map<String, Quantity> requestsWithoutOverhead(PodSpec spec) {
    Map<String, Quantity> sum = requestsOfContainers(spec);
    if (spec.resources() != null) {
      sum.putAll(spec.resources().requests());
    }
    return sum;
  }

  /** The same where nothing is asked for by the pod as a whole. */
  static Map<String, Quantity> requestsOfContainers(PodSpec spec) {
    return atOnce(spec, container -> container.resources().requests());
  }

  /**
   * The sum of the limits, with the overhead where there is a limit. A resource that some container
   * may use freely still has the sum of the others: who needs to know, asks the containers.
   */
  public static Map<String, Quantity> limits(PodSpec spec) {
    Map<String, Quantity> sum = limitsWithoutOverhead(spec);
    spec.overhead()
        .forEach((name, amount) -> sum.computeIfPresent(name, (key, limit) -> plus(limit, amount)));
    return sum;
  }

  /** {@link #limits} of the containers only. */
  public static Map<String, Quantity> limitsWithoutOverhead(PodSpec spec) {
    Map<String, Quantity> sum = atOnce(spec, container -> container.resources().limits());
    if (spec.resources() != null) {
      sum.putAll(spec.resources().limits());
    }
    return sum;
  }

  /** Whether the pod as a whole asks for something of its own. */
  public static boolean areOfPod(PodSpec spec) {
    ResourceRequirements own = spec.resources();
    return own != null && !(own.requests().isEmpty() && own.limits().isEmpty());
  }

  private static Quantity plus(Quantity limit, Quantity overhead) {
    return limit.isZero() ? limit : limit.plus(overhead);
  }

  /**
   * The containers and sidecars run together; before them each init container runs with the
   * sidecars that stand before it. Each resource counts at its highest.
   */
  private static Map<String, Quantity> atOnce(
      PodSpec spec, Function<Container, Map<String, Quantity>> of) {
    Map<String, Quantity> running = new TreeMap<>();
    spec.containers().forEach(container -> add(running, of.apply(container)));
    Map<String, Quantity> sidecars = new TreeMap<>();
    Map<String, Quantity> starting = new TreeMap<>();
    for (Container init : spec.initContainers()) {
      Map<String, Quantity> now = new TreeMap<>(sidecars);
      add(now, of.apply(init));
      if (init.isRestartableInit()) {
        add(running, of.apply(init));
        add(sidecars, of.apply(init));
      }
      now.forEach((name, amount) -> starting.merge(name, amount, Quantity::max));
    }
    starting.forEach((name, amount) -> running.merge(name, amount, Quantity::max));
    return running;
  }

  private static void add(Map<String, Quantity> sum, Map<String, Quantity> more) {
    more.forEach((name, amount) -> sum.merge(name, amount, Quantity::plus));
  }
}
