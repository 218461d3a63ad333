package dev.gantry.cli.node;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Endpoint;
import dev.gantry.cli.client.PodQuery;
import dev.gantry.cri.v1.PodSandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A pod of a node, of which streams and logs are wanted.
 *
 * @param node whose it is
 */
public record PodTarget(NodeClient node, Pod pod) {
  private static final Duration READ = Duration.ofSeconds(10);

  /** A pod by name. */
  public static Pod pod(NodeClient node, String namespace, String name) {
    return find(node, namespace, name)
        .orElseThrow(() ->
            CliFailure.of("pod " + name + " not found in namespace " + namespace)
                .advise("list them: gantry get pods -A"));
  }

  private static Optional<Pod> find(NodeClient node, String namespace, String name) {
    return node.pods().stream()
        .filter(p -> p.metadata().namespace().equals(namespace))
        .filter(p -> p.metadata().name().equals(name))
        .findFirst();
  }

  /**
   * The pod that a person named as {@code pod/web} or {@code deployment/web}, or by a name that a
   * running node knows.
   *
   * @return empty when it must be a container's or a sandbox's id or name
   */
  public static Optional<PodTarget> named(Session session, String namespace, String text) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      NodeClient node = Nodes.require(session);
      String name = text.substring(slash + 1);
      Pod pod =
          switch (Kinds.of(text.substring(0, slash))) {
            case "Pod" -> pod(node, namespace, name);
            case "Deployment" -> replica(node, namespace, name);
            case String kind ->
                throw CliFailure.usage(text + ": a " + kind + " has no containers")
                    .advise("name a pod or a deployment");
          };
      return Optional.of(new PodTarget(node, pod));
    }
    if (session.endpointChosen()) {
      return Optional.empty();
    }
    return Nodes.running(session)
        .flatMap(node -> find(node, namespace, text).map(pod -> new PodTarget(node, pod)));
  }

  /** The first pod of a deployment, one that is ready if there is one, as kubectl chooses. */
  private static Pod replica(NodeClient node, String namespace, String name) {
    List<Pod> pods =
        node.pods().stream()
            .filter(p -> p.metadata().namespace().equals(namespace))
            .filter(p -> Owners.isOf(p, name))
            .toList();
    return pods.stream()
        .filter(p -> new PodSummary(p, java.time.Instant.now()).isReady())
        .findFirst()
        .or(() -> pods.stream().findFirst())
        .orElseThrow(() ->
            CliFailure.of("deployment " + name + " has no pod in namespace " + namespace)
                .advise("list them: gantry get deployments,pods -A"));
  }

  /**
   * The id of a container.
   *
   * @param container its name; empty for the one that an annotation names, or the first one
   */
  public String container(String container) {
    String wanted = container.isEmpty() ? main() : container;
    List<ContainerStatus> all = statuses(pod);
    for (ContainerStatus status : all) {
      if (status.name().equals(wanted)) {
        if (status.containerID().isEmpty()) {
          var waiting = status.state().waiting();
          throw CliFailure.of(
                  "container %s of pod %s has not been made yet%s"
                      .formatted(
                          wanted,
                          pod.metadata().name(),
                          waiting == null ? "" : ": " + waiting.reason()))
              .advise("see gantry describe pod " + pod.metadata().name());
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

  private String main() {
    return pod.metadata()
        .annotations()
        .getOrDefault(
            "kubectl.kubernetes.io/default-container", pod.spec().containers().getFirst().name());
  }

  /** Of all containers: init containers, containers, ephemeral ones. */
  public static List<ContainerStatus> statuses(Pod pod) {
    List<ContainerStatus> all = new ArrayList<>(pod.status().initContainerStatuses());
    all.addAll(pod.status().containerStatuses());
    all.addAll(pod.status().ephemeralContainerStatuses());
    return all;
  }

  /** The runtime's id of its sandbox. */
  public String sandbox(CriClient client) {
    var query = new PodQuery("", "", "", "ready", java.util.Map.of(), 0);
    return query.list(client).stream()
        .filter(s -> s.getMetadata().getUid().equals(pod.metadata().uid()))
        .map(PodSandbox::getId)
        .findFirst()
        .orElseThrow(() ->
            CliFailure.of("pod " + pod.metadata().name() + " does not run")
                .advise("see gantry describe pod " + pod.metadata().name()));
  }

  /** The number of a port that a container of a pod gives a name, or the text itself. */
  public static String port(Pod pod, String nameOrNumber) {
    return pod.spec().containers().stream()
        .map(Container::ports)
        .flatMap(List::stream)
        .filter(port -> port.name().equals(nameOrNumber))
        .map(port -> String.valueOf(port.containerPort()))
        .findFirst()
        .orElse(nameOrNumber);
  }

  /** The runtime's id of a container. */
  public static String id(ContainerStatus status) {
    return status.containerID().substring(status.containerID().indexOf("://") + 3);
  }

  /** A client of the runtime that the pod is in. */
  public CriClient connect(Session session) {
    return connect(session, node);
  }

  /** A client of the runtime that a node uses. */
  public static CriClient connect(Session session, NodeClient node) {
    var facts = node.node();
    Endpoint runtime = Endpoint.parse(String.valueOf(facts.get("runtimeEndpoint")));
    Endpoint images = Endpoint.parse(String.valueOf(facts.get("imageEndpoint")));
    return CriClient.open(runtime, images, READ, session::debug);
  }
}
