package dev.gantry.cli.node;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Pods and containers of a node that streams and logs are wanted of. */
public final class PodTarget {
  private static final Duration READ = Duration.ofSeconds(10);

  private PodTarget() {}

  /** A pod by name. */
  public static Pod pod(NodeClient node, String namespace, String name) {
    return find(node, namespace, name)
        .orElseThrow(
            () -> CliFailure.of("pod " + name + " not found").advise("list them: gantry get pods"));
  }

  private static Optional<Pod> find(NodeClient node, String namespace, String name) {
    return node.pods().stream()
        .filter(p -> p.metadata().namespace().equals(namespace))
        .filter(p -> p.metadata().name().equals(name))
        .findFirst();
  }

  /**
   * A pod that a person named as {@code pod/web}, or by a name that a running node knows.
   *
   * @return empty when it must be a container's id or name
   */
  public static Optional<Pod> named(Session session, String namespace, String text) {
    boolean explicit = text.startsWith("pod/") || text.startsWith("pods/");
    String name = text.substring(text.indexOf('/') + 1);
    if (session.endpointChosen() && !explicit) {
      return Optional.empty();
    }
    Optional<NodeClient> node = Nodes.running(session);
    if (explicit) {
      return Optional.of(pod(node.orElseGet(() -> Nodes.require(session)), namespace, name));
    }
    return node.flatMap(n -> find(n, namespace, name));
  }

  /**
   * The id of a container of a pod.
   *
   * @param container its name; empty for the only or the first one
   */
  public static String container(Pod pod, String container) {
    List<ContainerStatus> all = new ArrayList<>(pod.status().containerStatuses());
    all.addAll(pod.status().initContainerStatuses());
    all.addAll(pod.status().ephemeralContainerStatuses());
    String wanted = container;
    if (wanted.isEmpty()) {
      wanted =
          pod.metadata()
              .annotations()
              .getOrDefault(
                  "kubectl.kubernetes.io/default-container",
                  pod.spec().containers().getFirst().name());
    }
    for (ContainerStatus status : all) {
      if (status.name().equals(wanted)) {
        if (status.containerID().isEmpty()) {
          var waiting = status.state().waiting();
          throw CliFailure.of(
              "container "
                  + wanted
                  + " has not been made yet"
                  + (waiting == null ? "" : ": " + waiting.reason()));
        }
        return id(status);
      }
    }
    throw CliFailure.of(
        "pod %s has no container %s; it has: %s"
            .formatted(
                pod.metadata().name(),
                wanted,
                all.stream().map(ContainerStatus::name).collect(Collectors.joining(", "))));
  }

  /** The runtime's id of a container. */
  public static String id(ContainerStatus status) {
    return status.containerID().substring(status.containerID().indexOf("://") + 3);
  }

  /** A client of the runtime that a node uses. */
  public static CriClient connect(Session session, NodeClient node) {
    var facts = node.node();
    Endpoint runtime = Endpoint.parse(String.valueOf(facts.get("runtimeEndpoint")));
    Endpoint images = Endpoint.parse(String.valueOf(facts.get("imageEndpoint")));
    return CriClient.open(runtime, images, READ, session::debug);
  }
}
