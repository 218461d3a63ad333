package dev.gantry.cli.command;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PullPolicy;
import dev.gantry.agent.api.Shape;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.log.LogOptions;
import dev.gantry.cli.log.PodLogs;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.cli.terminal.RemoteConsole;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry debug}: an ephemeral container in a pod that runs. */
@Command(
    name = "debug",
    description = "Add a container to a running pod, to look at it from inside")
final class DebugPod extends NodeCommand {
  private static final Duration START = Duration.ofMinutes(2);

  @Option(
      names = "--image",
      required = true,
      paramLabel = "IMAGE",
      description = "The image with the tools")
  private String image = "";

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "The new container's name; default debugger-…")
  private String name = "";

  @Option(
      names = "--target",
      paramLabel = "CONTAINER",
      description = "The container whose processes it sees")
  private String target = "";

  @Option(
      names = "--image-pull-policy",
      paramLabel = "POLICY",
      description = "Always, Never or IfNotPresent")
  private @Nullable PullPolicy policy;

  @Option(
      names = {"-i", "--stdin"},
      description = "Attach to it with this program's standard input")
  private boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "Give it a terminal")
  private boolean tty;

  @Mixin private final TransportOption transport = new TransportOption();

  @Parameters(
      arity = "1..*",
      paramLabel = "POD [-- COMMAND [ARG…]]",
      description = "The pod, and what runs instead of the image's own command")
  private List<String> arguments = new ArrayList<>();

  DebugPod(Session session) {
    super(session);
  }

  @Override
  int run() {
    NodeClient node = Nodes.require(session());
    String pod =
        PodTarget.named(session(), namespace(), arguments.getFirst())
            .map(target -> target.pod().metadata().name())
            .orElse(arguments.getFirst());
    String own = name.isEmpty() ? "debugger-" + UUID.randomUUID().toString().substring(0, 5) : name;
    Container container =
        Shape.empty(Container.class)
            .withName(own)
            .withImage(image)
            .withCommand(arguments.subList(1, arguments.size()));
    node.debug(
        namespace(),
        pod,
        new EphemeralContainer(withConsole(container, policy, stdin, tty), target));
    if (!stdin && !tty) {
      out().println("container " + own + " added to pod " + pod);
      return 0;
    }
    ContainerStatus started = await(node, pod, own);
    try (CriClient client = PodTarget.connect(session(), node)) {
      return attach(client, pod, started);
    }
  }

  /** Attaches to it; of one that has ended already, what it wrote is all there is. */
  private int attach(CriClient client, String pod, ContainerStatus started) {
    String id = PodTarget.id(started);
    if (started.state().terminated() == null) {
      try {
        String url = Calls.attach(client, id, stdin, tty);
        var wanted =
            new RemoteConsole.Wanted(
                "attach to container " + started.name(), transport.chosen(), stdin, tty, false);
        return new RemoteConsole(session(), wanted).run(url).orElse(0);
      } catch (CliFailure e) {
        if (PodLogs.isRunning(client, id)) {
          throw e;
        }
      }
    }
    new PodLogs(client, LogOptions.WHOLE, false, false, out(), session().err())
        .show(List.of(new PodLogs.Source(pod, started.name(), id)));
    return Calls.containerStatus(client, id, false).getStatus().getExitCode();
  }

  private static Container withConsole(
      Container c, @Nullable PullPolicy policy, boolean stdin, boolean tty) {
    return new Container(
        c.name(),
        c.image(),
        c.command(),
        c.args(),
        c.workingDir(),
        c.ports(),
        c.envFrom(),
        c.env(),
        c.resources(),
        c.resizePolicy(),
        null,
        List.of(),
        c.volumeMounts(),
        null,
        null,
        null,
        null,
        c.terminationMessagePath(),
        c.terminationMessagePolicy(),
        policy == null ? c.imagePullPolicy() : policy,
        null,
        stdin,
        stdin,
        tty);
  }

  private ContainerStatus await(NodeClient node, String pod, String own) {
    Instant deadline = Instant.now().plus(START);
    while (Instant.now().isBefore(deadline)) {
      Pod now = PodTarget.pod(node, namespace(), pod);
      Optional<ContainerStatus> status =
          now.status().ephemeralContainerStatuses().stream()
              .filter(s -> s.name().equals(own))
              .findFirst();
      if (status.isPresent()) {
        var state = status.get().state();
        if (state.running() != null || state.terminated() != null) {
          return status.get();
        }
        if (state.waiting() != null && !state.waiting().message().isEmpty()) {
          throw CliFailure.of(
              "container "
                  + own
                  + ": "
                  + state.waiting().reason()
                  + ": "
                  + state.waiting().message());
        }
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CliFailure.of("debug: interrupted", e);
      }
    }
    throw CliFailure.of("container " + own + " has not started within two minutes")
        .advise("see gantry describe pod/" + pod);
  }
}
