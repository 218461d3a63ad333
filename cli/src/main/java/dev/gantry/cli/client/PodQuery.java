package dev.gantry.cli.client;

import dev.gantry.cli.CliFailure;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStateValue;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which pods a command means; an empty string, map or zero stands for "any".
 *
 * @param id prefix of the pod's id
 * @param name regular expression that its name has to contain
 * @param namespace regular expression that its namespace has to contain
 * @param state ready or notready
 * @param labels labels that it has to have
 * @param last only so many of the youngest
 */
public record PodQuery(
    String id, String name, String namespace, String state, Map<String, String> labels, int last) {

  public PodQuery {
    labels = Map.copyOf(labels);
  }

  /** Every pod whose id begins like this. */
  public static PodQuery everything(String id) {
    return new PodQuery(id, "", "", "", Map.of(), 0);
  }

  /** The pods, the youngest first. */
  public List<PodSandbox> list(CriClient client) {
    var filter = PodSandboxFilter.newBuilder().setId(id).putAllLabelSelector(labels);
    if (!state.isEmpty()) {
      filter.setState(PodSandboxStateValue.newBuilder().setState(wantedState()));
    }
    var request = ListPodSandboxRequest.newBuilder().setFilter(filter).build();
    Matcher names = new Matcher("--name", name);
    Matcher namespaces = new Matcher("--namespace", namespace);
    Stream<PodSandbox> matching =
        client.read("list pods", s -> s.listPodSandbox(request)).getItemsList().stream()
            .filter(p -> names.matches(p.getMetadata().getName()))
            .filter(p -> namespaces.matches(p.getMetadata().getNamespace()))
            .sorted(Comparator.comparingLong(PodSandbox::getCreatedAt).reversed());
    return (last > 0 ? matching.limit(last) : matching).toList();
  }

  private PodSandboxState wantedState() {
    return switch (state.toLowerCase(Locale.ROOT)) {
      case "ready" -> PodSandboxState.SANDBOX_READY;
      case "notready" -> PodSandboxState.SANDBOX_NOTREADY;
      default -> throw CliFailure.usage("--state " + state + ": must be ready or notready");
    };
  }
}
