package dev.gantry.cli.command;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.http.Applied;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.node.ManifestFiles;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodSummary;
import dev.gantry.cli.node.PodWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry up}: runs what manifests declare, on a node that is started if none runs. */
@Command(
    name = "up",
    description = {
      "Run Kubernetes manifests on this machine",
      "Starts a node in the background when none runs, applies the manifests and waits until their"
          + " pods are ready, or says what is wrong.",
    })
final class Up extends NodeCommand {
  @Option(names = "--no-wait", description = "Return when the manifests are applied")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      description = "How long to wait for the pods; default ${DEFAULT-VALUE}")
  private Duration timeout = Duration.ofMinutes(2);

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Manifests in YAML or JSON, directories of them, or - for standard input")
  private List<String> files = new ArrayList<>();

  Up(Session session) {
    super(session);
  }

  @Override
  int run() {
    List<KubeObject> objects = ManifestFiles.read(files, session().in());
    if (objects.isEmpty()) {
      throw CliFailure.of("the manifests declare nothing");
    }
    NodeClient node = Nodes.start(session());
    List<Applied> results = node.apply(objects);
    boolean refused = false;
    for (Applied result : results) {
      String name = result.kind().toLowerCase(Locale.ROOT) + "/" + result.name();
      if (result.outcome().equals("refused")) {
        refused = true;
        session().err().println("gantry: " + name + " is refused: " + result.message());
      } else {
        out().println(name + " " + result.outcome());
      }
    }
    out().flush();
    if (noWait) {
      return refused ? 1 : 0;
    }
    PodWait.Result result = new PodWait(session(), node).await(results, timeout);
    result.pods().forEach(this::tell);
    result.problems().forEach(problem -> session().err().println("gantry: " + problem));
    return refused || !result.problems().isEmpty() ? 1 : 0;
  }

  private void tell(Pod pod) {
    PodSummary summary = new PodSummary(pod, java.time.Instant.now());
    boolean done = pod.status().phase() == PodPhase.Succeeded;
    if (!summary.isReady() && !done) {
      return;
    }
    StringBuilder text = new StringBuilder("pod/" + pod.metadata().name());
    text.append(done ? " has completed" : " is ready at " + pod.status().podIP());
    List<String> ports = new ArrayList<>();
    for (Container container : pod.spec().containers()) {
      for (ContainerPort port : container.ports()) {
        ports.add(port(pod, port));
      }
    }
    if (!done && !ports.isEmpty()) {
      text.append(": ").append(String.join(", ", ports));
    }
    out().println(text);
    int restarts =
        pod.status().containerStatuses().stream().mapToInt(ContainerStatus::restartCount).sum();
    if (restarts > 0) {
      out()
          .println(
              "  restarted "
                  + restarts
                  + " times; see gantry describe pod/"
                  + pod.metadata().name());
    }
  }

  /** Where a port can be reached from this machine. */
  private static String port(Pod pod, ContainerPort port) {
    String name = port.name().isEmpty() ? "" : port.name() + " ";
    String ip = pod.status().podIP();
    String own = (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + port.containerPort();
    if (port.hostPort() == 0) {
      return name + own;
    }
    String host = port.hostIP().isEmpty() ? "localhost" : port.hostIP();
    return name + host + ":" + port.hostPort() + " -> " + own;
  }
}
