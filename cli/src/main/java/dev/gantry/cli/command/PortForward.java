package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.streaming.client.ForwardedPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry port-forward}: makes ports of a pod ports of this machine, until Ctrl-C. */
@Command(name = "port-forward", description = "Forward local ports to a pod")
final class PortForward extends CriCommand {
  private static final Pattern PORTS = Pattern.compile("(?:(\\d{0,5}):)?(\\d{1,5})");
  private static final int LARGEST = 65535;
  private static final int BACKLOG = 128;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Local address to listen on; default ${DEFAULT-VALUE}")
  private InetAddress address = InetAddress.getLoopbackAddress();

  @Mixin private final TransportOption transport = new TransportOption();

  @Parameters(index = "0", paramLabel = "POD-ID", description = "The pod")
  private String pod = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "[LOCAL:]PORT",
      description = "Port of the pod, and the local one; an empty LOCAL is any that is free")
  private List<String> ports = new ArrayList<>();

  private record Mapping(int local, int remote) {
    static Mapping of(String text) {
      Matcher matcher = PORTS.matcher(text);
      if (!matcher.matches()) {
        throw CliFailure.usage("port-forward: " + text + " is not [LOCAL:]PORT");
      }
      int remote = Integer.parseInt(matcher.group(2));
      String first = matcher.group(1);
      int local = first == null ? remote : first.isEmpty() ? 0 : Integer.parseInt(first);
      if (remote < 1 || remote > LARGEST || local > LARGEST) {
        throw CliFailure.usage("port-forward: " + text + ": ports are 1 to " + LARGEST);
      }
      return new Mapping(local, remote);
    }
  }

  PortForward(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<Mapping> mappings = ports.stream().map(Mapping::of).toList();
    String id = Resolve.pod(client, pod);
    List<ServerSocket> listeners = new ArrayList<>();
    try {
      for (Mapping mapping : mappings) {
        listeners.add(new ServerSocket(mapping.local(), BACKLOG, address));
      }
      String url = Calls.portForward(client, id, mappings.stream().map(Mapping::remote).toList());
      try (var forwarded = ForwardedPorts.connect(URI.create(url), transport.chosen())) {
        for (int i = 0; i < listeners.size(); i++) {
          listen(listeners.get(i), mappings.get(i).remote(), forwarded);
        }
        forwarded.run();
      }
      throw CliFailure.of("port-forward: the pod is gone, or its runtime ended the connection");
    } catch (IOException e) {
      throw CliFailure.of("port-forward to pod " + id + ": " + e.getMessage(), e);
    } finally {
      listeners.forEach(this::close);
    }
  }

  private void listen(ServerSocket listener, int remote, ForwardedPorts forwarded) {
    out()
        .println(
            "Forwarding from "
                + listener.getInetAddress().getHostAddress()
                + ":"
                + listener.getLocalPort()
                + " -> "
                + remote);
    out().flush();
    Thread.ofVirtual()
        .name("listen")
        .start(() -> {
          try {
            while (true) {
              Socket local = listener.accept();
              local.setTcpNoDelay(true);
              forwarded.forward(local, remote, why -> session().err().println("gantry: " + why));
            }
          } catch (IOException closed) {
            session().debug(() -> "no more connections: " + closed.getMessage());
          }
        });
  }

  private void close(ServerSocket listener) {
    try {
      listener.close();
    } catch (IOException e) {
      session().debug(() -> "close: " + e.getMessage());
    }
  }
}
