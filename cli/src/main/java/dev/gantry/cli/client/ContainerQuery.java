package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStateValue;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.ListContainersRequest;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which containers a command means; an empty string, map or zero stands for "any".
 *
 * <p>Without {@code all} and {@code state} only running ones; {@code latest} and {@code last} look
 * at those of every state, as in crictl.
 *
 * @param id prefix of the container's id
 * @param podId prefix of its pod's id
 * @param name regular expression that its name has to contain
 * @param namespace regular expression that its pod's namespace has to contain
 * @param state created, running, exited or unknown
 * @param labels labels that it has to have
 * @param image name or id of its image
 * @param all of every state
 * @param last only so many of the youngest
 */
public record ContainerQuery(
    String id,
    String podId,
    String name,
    String namespace,
    String state,
    Map<String, String> labels,
    String image,
    boolean all,
    int last) {

  /** The label by which the kubelet tells a container's pod. */
  public static final String POD_NAME = "io.kubernetes.pod.name";

  /** The label by which the kubelet tells the namespace of a container's pod. */
  public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";

  public ContainerQuery {
    labels = Map.copyOf(labels);
  }

  /** Every container whose id begins like this. */
  public static ContainerQuery everything(String id) {
    return new ContainerQuery(id, "", "", "", "", Map.of(), "", true, 0);
  }

  /** The containers, the youngest first. */
  public List<Container> list(CriClient client) {
    var request = ListContainersRequest.newBuilder().setFilter(filter()).build();
    var found = client.read("list containers", s -> s.listContainers(request)).getContainersList();
    Matcher names = new Matcher("--name", name);
    Matcher namespaces = new Matcher("--namespace", namespace);
    Stream<Container> matching =
        found.stream()
            .filter(c -> names.matches(c.getMetadata().getName()))
            .filter(c -> namespaces.matches(c.getLabelsOrDefault(POD_NAMESPACE, "unknown")))
            .sorted(Comparator.comparingLong(Container::getCreatedAt).reversed());
    if (!image.isEmpty()) {
      matching = matching.filter(ofImage(client));
    }
    return (last > 0 ? matching.limit(last) : matching).toList();
  }

  private ContainerFilter filter() {
    var filter =
        ContainerFilter.newBuilder().setId(id).setPodSandboxId(podId).putAllLabelSelector(labels);
    if (last == 0 && !(all && state.isEmpty())) {
      filter.setState(ContainerStateValue.newBuilder().setState(wantedState()));
    }
    return filter.build();
  }

  private ContainerState wantedState() {
    return switch (state.toLowerCase(Locale.ROOT)) {
      case "", "running" -> ContainerState.CONTAINER_RUNNING;
      case "created" -> ContainerState.CONTAINER_CREATED;
      case "exited" -> ContainerState.CONTAINER_EXITED;
      case "unknown" -> ContainerState.CONTAINER_UNKNOWN;
      default ->
          throw CliFailure.usage(
              "--state " + state + ": must be created, running, exited or unknown");
    };
  }

  // Two names may mean one image, so ids are compared; each name is asked for once.
  private Predicate<Container> ofImage(CriClient client) {
    Map<String, Optional<String>> ids = new HashMap<>();
    Optional<String> wanted = imageId(client, image);
    return c ->
        wanted.isPresent()
            && ids.computeIfAbsent(c.getImage().getImage(), i -> imageId(client, i)).equals(wanted);
  }

  private static Optional<String> imageId(CriClient client, String image) {
    ImageStatusResponse status = Calls.imageStatus(client, image, false);
    return status.hasImage() ? Optional.of(status.getImage().getId()) : Optional.empty();
  }
}
