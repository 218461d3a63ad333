package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Pod;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Containers of a pod by name, and how events name them. */
public final class ContainerPaths {
  private ContainerPaths() {}

  /** Where a container stands in its pod, as {@code spec.containers{web}}. */
  public static String of(Pod pod, String name) {
    if (names(pod.spec().initContainers()).anyMatch(name::equals)) {
      return "spec.initContainers{" + name + "}";
    }
    if (names(pod.spec().containers()).anyMatch(name::equals)) {
      return "spec.containers{" + name + "}";
    }
    return "spec.ephemeralContainers{" + name + "}";
  }

  /** A container of any kind. */
  public static Optional<Container> find(Pod pod, String name) {
    return all(pod).filter(c -> c.name().equals(name)).findFirst();
  }

  /** Every container: init containers, containers, ephemeral ones. */
  public static Stream<Container> all(Pod pod) {
    return Stream.of(
            pod.spec().initContainers().stream(),
            pod.spec().containers().stream(),
            pod.spec().ephemeralContainers().stream().map(EphemeralContainer::container))
        .flatMap(s -> s);
  }

  private static Stream<String> names(List<Container> containers) {
    return containers.stream().map(Container::name);
  }

  /** {@code name_namespace(uid)}, as the kubelet's messages have it. */
  public static String text(Pod pod) {
    return pod.metadata().name()
        + "_"
        + pod.metadata().namespace()
        + "("
        + pod.metadata().uid()
        + ")";
  }
}
