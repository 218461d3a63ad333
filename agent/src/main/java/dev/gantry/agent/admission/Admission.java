package dev.gantry.agent.admission;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.OSName;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodOS;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.PodResources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Whether a pod fits on this node: the kubelet's own checks, with its reasons. */
public final class Admission {
  private Admission() {}

  /**
   * Decides about a pod. Pods that run are not asked again: one that is here stays, whatever the
   * node's labels become.
   *
   * @param active the pods that are here and not finished, without this one
   */
  public static Decision admit(Pod pod, List<Pod> active, Node node) {
    return rejection(pod, active, node)
        .<Decision>map(rejected -> rejected)
        .orElseGet(() -> new Decision.Admitted(pod));
  }

  private static Optional<Decision.Rejected> rejection(Pod pod, List<Pod> active, Node node) {
    PodSpec spec = pod.spec();
    PodOS os = spec.os();
    if (os != null && os.name() != OSName.linux) {
      return reject(
          "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
    }
    return tooMuch(spec, active, node)
        .or(() ->
            when(
                !NodeMatch.isWanted(spec, node),
                "NodeAffinity",
                "node(s) didn't match Pod's node affinity/selector"))
        .or(() ->
            when(
                !spec.nodeName().isEmpty() && !spec.nodeName().equals(node.name()),
                "NodeName",
                "node(s) didn't match the requested node name"))
        .or(() ->
            when(
                portsTaken(spec, active),
                "NodePorts",
                "node(s) didn't have free ports for the requested pod ports"))
        .or(() ->
            when(
                !NodeMatch.isTolerated(spec, node),
                "TaintToleration",
                "node(s) had taints that the pod didn't tolerate"));
  }

  private static Optional<Decision.Rejected> when(boolean failed, String predicate, String why) {
    return failed
        ? reject(predicate, "Predicate " + predicate + " failed: " + why)
        : Optional.empty();
  }

  private static Optional<Decision.Rejected> reject(String reason, String message) {
    return Optional.of(new Decision.Rejected(reason, message));
  }

  /** The first resource that there is too little of, in the kubelet's order. */
  private static Optional<Decision.Rejected> tooMuch(PodSpec spec, List<Pod> active, Node node) {
    Map<String, Quantity> allocatable = node.allocatable();
    Quantity pods = allocatable.get("pods");
    if (pods != null && active.size() + 1L > pods.value()) {
      return reject("OutOfpods", insufficient("pods", 1, active.size(), pods.value()));
    }
    Map<String, Quantity> used = new TreeMap<>();
    for (Pod other : active) {
      PodResources.requests(other.spec())
          .forEach((name, amount) -> used.merge(name, amount, Quantity::plus));
    }
    Map<String, Quantity> wanted = PodResources.requests(spec);
    List<String> order = new ArrayList<>(List.of("cpu", "memory", "ephemeral-storage"));
    wanted.keySet().stream().filter(name -> !order.contains(name)).forEach(order::add);
    for (String name : order) {
      Quantity want = wanted.getOrDefault(name, Quantity.ZERO);
      Quantity have = allocatable.getOrDefault(name, Quantity.ZERO);
      Quantity taken = used.getOrDefault(name, Quantity.ZERO);
      if (want.signum() > 0 && want.compareTo(have.minus(taken)) > 0) {
        return reject(
            "OutOf" + name,
            insufficient(name, count(name, want), count(name, taken), count(name, have)));
      }
    }
    return Optional.empty();
  }

  private static long count(String name, Quantity amount) {
    return name.equals("cpu") ? amount.milliValue() : amount.value();
  }

  private static String insufficient(String name, long requested, long used, long capacity) {
    return "Node didn't have enough resource: "
        + name
        + ", requested: "
        + requested
        + ", used: "
        + used
        + ", capacity: "
        + capacity;
  }

  private static boolean portsTaken(PodSpec spec, List<Pod> active) {
    List<ContainerPort> wanted = hostPorts(spec).toList();
    return active.stream()
        .flatMap(other -> hostPorts(other.spec()))
        .anyMatch(taken -> wanted.stream().anyMatch(port -> conflict(port, taken)));
  }

  private static Stream<ContainerPort> hostPorts(PodSpec spec) {
    return Stream.concat(
            spec.containers().stream(),
            spec.initContainers().stream().filter(Container::isRestartableInit))
        .flatMap(container -> container.ports().stream())
        .filter(port -> port.hostPort() > 0);
  }

  private static boolean conflict(ContainerPort one, ContainerPort other) {
    String mine = address(one);
    String theirs = address(other);
    return one.hostPort() == other.hostPort()
        && one.protocol() == other.protocol()
        && (mine.equals(theirs) || mine.equals("0.0.0.0") || theirs.equals("0.0.0.0"));
  }

  private static String address(ContainerPort port) {
    return port.hostIP().isEmpty() ? "0.0.0.0" : port.hostIP();
  }
}
