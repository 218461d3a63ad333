package dev.gantry.cli.command;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.log.LogLine;
import dev.gantry.cli.log.LogOptions;
import dev.gantry.cli.log.PodLogs;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.cli.node.Selector;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry logs}: what a container wrote. */
@Command(name = "logs", description = "Fetch the logs of a container, or of a pod's containers")
final class Logs extends CriCommand {
  @Option(
      names = {"-f", "--follow"},
      description = "Wait for more until the container has ended")
  private boolean follow;

  @Option(
      names = {"-p", "--previous"},
      description = "The log of the container's previous instance in its pod")
  private boolean previous;

  @Option(
      names = {"-r", "--reopen"},
      description = "First let the runtime open the log anew, as after a rotation")
  private boolean reopen;

  @Option(
      names = "--tail",
      paramLabel = "N",
      defaultValue = "-1",
      description = "Only the last N lines")
  private long tail;

  @Option(
      names = "--limit-bytes",
      paramLabel = "N",
      defaultValue = "-1",
      description = "At most N bytes")
  private long limitBytes;

  @Option(
      names = {"--since", "--since-time"},
      paramLabel = "TIME",
      description = "Only since a moment (2013-01-02T13:23:37) or for so long (42m)")
  private String since = "";

  @Option(
      names = {"-t", "--timestamps"},
      description = "With the time of each line")
  private boolean timestamps;

  @Option(
      names = {"-s", "--stream"},
      paramLabel = "STREAM",
      description = "Only this stream: stdout or stderr")
  private LogLine.@Nullable Stream stream;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "Which container of the pod, where a pod is named")
  private String ofPod = "";

  @Option(names = "--all-containers", description = "Those of all containers of the pod")
  private boolean allContainers;

  @Option(names = "--prefix", description = "With the pod and the container before each line")
  private boolean prefix;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "KEY=VALUE,…",
      description = "Those of all pods of the node with these labels")
  private String selector = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace of the pod, where one is named; default ${DEFAULT-VALUE}")
  private String namespace = "default";

  @Parameters(
      arity = "0..2",
      paramLabel = "CONTAINER-ID|POD|deployment/NAME [CONTAINER]",
      description = "Id, beginning of one, or name of a container; or a pod of a node")
  private List<String> what = new ArrayList<>();

  Logs(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (tail >= 0 && stream != null) {
      throw CliFailure.usage("--tail and --stream exclude each other");
    }
    if (what.isEmpty() == selector.isEmpty()) {
      throw CliFailure.usage("logs needs a container or a pod, or -l KEY=VALUE");
    }
    if (what.size() > 1) {
      ofPod = what.getLast();
    }
    List<PodTarget> pods = selector.isEmpty() ? named() : selected();
    if (pods.isEmpty()) {
      return ofContainer(client, Resolve.container(client, what.getFirst()));
    }
    try (CriClient own = pods.getFirst().connect(session())) {
      show(own, pods.stream().flatMap(pod -> sources(pod).stream()).toList());
    }
    return 0;
  }

  private int ofContainer(CriClient client, String id) {
    if (reopen) {
      var request = ReopenContainerLogRequest.newBuilder().setContainerId(id).build();
      client.work("reopen log of container " + id, s -> s.reopenContainerLog(request));
    }
    show(client, List.of(new PodLogs.Source("", what.getFirst(), id)));
    return 0;
  }

  private void show(CriClient client, List<PodLogs.Source> sources) {
    LogOptions options =
        new LogOptions(
            follow,
            tail,
            since.isEmpty() ? Optional.empty() : Optional.of(Since.parse(since, Instant.now())),
            timestamps,
            limitBytes,
            Optional.ofNullable(stream));
    new PodLogs(client, options, previous, prefix, out(), session().err()).show(sources);
  }

  private List<PodTarget> named() {
    return PodTarget.named(session(), namespace, what.getFirst()).stream().toList();
  }

  private List<PodTarget> selected() {
    NodeClient node = Nodes.require(session());
    List<PodTarget> found =
        node.pods().stream()
            .filter(p -> p.metadata().namespace().equals(namespace))
            .filter(p -> Selector.parse(selector).matches(p.metadata().labels()))
            .map(p -> new PodTarget(node, p))
            .toList();
    if (found.isEmpty()) {
      throw CliFailure.of("no pod in namespace " + namespace + " has the labels " + selector)
          .advise("see gantry get pods -A --show-labels");
    }
    return found;
  }

  private List<PodLogs.Source> sources(PodTarget target) {
    Pod pod = target.pod();
    if (!allContainers) {
      String id = target.container(ofPod);
      String name =
          PodTarget.statuses(pod).stream()
              .filter(s -> s.containerID().endsWith(id))
              .map(ContainerStatus::name)
              .findFirst()
              .orElse(ofPod);
      return List.of(new PodLogs.Source(pod.metadata().name(), name, id));
    }
    return PodTarget.statuses(pod).stream()
        .filter(status -> !status.containerID().isEmpty())
        .map(s -> new PodLogs.Source(pod.metadata().name(), s.name(), PodTarget.id(s)))
        .toList();
  }
}
