package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.streaming.client.ForwardedPorts;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry port-forward}: makes ports of a pod ports of this machine, until Ctrl-C. */
@Command(name = "port-forward", description = "Forward local ports to a pod")
final class PortForward extends CriCommand {
  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      split = ",",
      defaultValue = "localhost",
      description = {
        "Local addresses to listen on: IP addresses or localhost, separated by commas;"
            + " default ${DEFAULT-VALUE}, which is 127.0.0.1 and ::1",
      })
  private List<String> addresses = new ArrayList<>();

  @Mixin private final TransportOption transport = new TransportOption();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace of the pod of a node; default ${DEFAULT-VALUE}")
  private String namespace = "default";

  @Parameters(
      index = "0",
      paramLabel = "POD-ID|POD|deployment/NAME",
      description = "The pod: its id, the beginning of one, or its name")
  private String pod = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "[LOCAL:]PORT",
      description =
          "Port of the pod, by number or name, and the local one; an empty LOCAL is any that is"
              + " free")
  private List<String> ports = new ArrayList<>();

  PortForward(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    Optional<PodTarget> named = PodTarget.named(session(), namespace, pod);
    if (named.isEmpty()) {
      List<LocalPorts.Mapping> mappings = mappings(ports.stream());
      return forward(client, Resolve.pod(client, pod), mappings);
    }
    PodTarget target = named.get();
    try (CriClient own = target.connect(session())) {
      List<LocalPorts.Mapping> mappings = mappings(ports.stream().map(p -> number(target, p)));
      return forward(own, target.sandbox(own), mappings);
    }
  }

  /** With the number of a port that a container has given a name. */
  private static String number(PodTarget target, String mapping) {
    int colon = mapping.lastIndexOf(':');
    return mapping.substring(0, colon + 1)
        + PodTarget.port(target.pod(), mapping.substring(colon + 1));
  }

  private static List<LocalPorts.Mapping> mappings(Stream<String> texts) {
    return texts.map(LocalPorts.Mapping::of).toList();
  }

  private int forward(CriClient client, String id, List<LocalPorts.Mapping> mappings) {
    try (LocalPorts local = LocalPorts.listen(addresses, mappings)) {
      List<Integer> remotes = mappings.stream().map(LocalPorts.Mapping::remote).toList();
      String url = Calls.portForward(client, id, remotes);
      try (var forwarded = ForwardedPorts.connect(URI.create(url), transport.chosen())) {
        local.bound().forEach(port -> listen(port, forwarded));
        forwarded.run();
      }
      throw CliFailure.of("port-forward: the pod is gone, or its runtime ended the connection");
    } catch (IOException e) {
      throw CliFailure.of("port-forward to pod " + id + ": " + e.getMessage(), e);
    }
  }

  private void listen(LocalPorts.Bound port, ForwardedPorts forwarded) {
    out().println("Forwarding from " + port.local() + " -> " + port.remote());
    out().flush();
    Thread.ofVirtual()
        .name("listen")
        .start(() -> {
          try {
            while (true) {
              Socket local = port.socket().accept();
              local.setTcpNoDelay(true);
              session().debug(() -> "a connection to " + port.local());
              forwarded.forward(
                  local, port.remote(), why -> session().err().println("gantry: " + why));
            }
          } catch (IOException closed) {
            session().debug(() -> "no more connections: " + closed.getMessage());
          }
        });
  }
}
