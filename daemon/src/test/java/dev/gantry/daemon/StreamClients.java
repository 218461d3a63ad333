package dev.gantry.daemon;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.ForwardedPorts;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Clients of a node's streaming server. */
final class StreamClients {
  private final Node node;
  private final Transport transport;

  StreamClients(Node node, Transport transport) {
    this.node = node;
    this.transport = transport;
  }

  /** What a command wrote, and how it ended. */
  record Result(Outcome outcome, String out, String err) {
    int code() {
      return outcome instanceof Outcome.Exited exited ? exited.code() : -1;
    }
  }

  /** Runs a command to its end. */
  Result exec(TestContainer container, @Nullable InputStream stdin, String... command)
      throws IOException {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Outcome outcome = exec(container, stdin, out, err, command);
    return new Result(
        outcome, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Outcome exec(
      TestContainer container,
      @Nullable InputStream stdin,
      OutputStream out,
      OutputStream err,
      String... command)
      throws IOException {
    try (RemoteCommand client = connectExec(container, stdin != null, false, command)) {
      return client.run(stdin, out, err, () -> {}, () -> {});
    }
  }

  RemoteCommand connectExec(
      TestContainer container, boolean stdin, boolean terminal, String... command)
      throws IOException {
    return connect(
        ExecRequest.newBuilder()
            .setContainerId(container.id)
            .addAllCmd(List.of(command))
            .setStdin(stdin)
            .setStdout(true)
            .setStderr(!terminal)
            .setTty(terminal));
  }

  RemoteCommand connect(ExecRequest.Builder request) throws IOException {
    String url = node.runtime().exec(request.build()).getUrl();
    return RemoteCommand.connect(URI.create(url), transport, request.getTty());
  }

  RemoteCommand connectAttach(TestContainer container, boolean stdin, boolean terminal)
      throws IOException {
    return connect(
        AttachRequest.newBuilder()
            .setContainerId(container.id)
            .setStdin(stdin)
            .setStdout(true)
            .setStderr(!terminal)
            .setTty(terminal));
  }

  RemoteCommand connect(AttachRequest.Builder request) throws IOException {
    String url = node.runtime().attach(request.build()).getUrl();
    return RemoteCommand.connect(URI.create(url), transport, request.getTty());
  }

  ForwardedPorts connectPorts(TestPod pod) throws IOException {
    String url =
        node.runtime()
            .portForward(PortForwardRequest.newBuilder().setPodSandboxId(pod.id).build())
            .getUrl();
    return ForwardedPorts.connect(URI.create(url), transport);
  }
}
