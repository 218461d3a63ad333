package dev.gantry.agent.probe;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ExecAction;
import dev.gantry.agent.api.GRPCAction;
import dev.gantry.agent.api.HTTPGetAction;
import dev.gantry.agent.api.Probe;
import dev.gantry.agent.api.TCPSocketAction;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.RuntimeCallException;
import io.grpc.Status.Code;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Asks a container once, in the way that a probe says. */
final class Prober {
  private final PodRuntime runtime;

  Prober(PodRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * Asks.
   *
   * @param ip the pod's address
   * @throws IllegalArgumentException when the question makes no sense, such as an unknown port
   * @throws RuntimeCallException when the runtime could not be asked: that tells nothing
   */
  Outcome ask(Probe probe, Container container, String containerId, String ip) {
    Duration limit = Duration.ofSeconds(probe.timeoutSeconds());
    ExecAction exec = probe.exec();
    if (exec != null) {
      return exec(exec, containerId, limit);
    }
    HTTPGetAction http = probe.httpGet();
    if (http != null) {
      String host = http.host().isEmpty() ? ip : http.host();
      return get(http, host, Ports.resolve(http.port(), container), limit);
    }
    TCPSocketAction tcp = probe.tcpSocket();
    if (tcp != null) {
      String host = tcp.host().isEmpty() ? ip : tcp.host();
      return connect(host, Ports.resolve(tcp.port(), container), limit);
    }
    GRPCAction grpc = probe.grpc();
    if (grpc != null) {
      return GrpcCheck.check(ip, grpc.port(), grpc.service(), limit);
    }
    throw new IllegalArgumentException("missing probe handler for " + container.name());
  }

  private Outcome exec(ExecAction action, String containerId, Duration limit) {
    try {
      var result = runtime.exec(containerId, action.command(), limit);
      return result.exitCode() == 0
          ? Outcome.success(result.output())
          : Outcome.failure(result.output());
    } catch (RuntimeCallException e) {
      if (e.code() == Code.DEADLINE_EXCEEDED) {
        return Outcome.failure("command timed out: " + e.detail());
      }
      throw e;
    }
  }

  private static Outcome get(HTTPGetAction action, String host, int port, Duration limit) {
    try {
      var answer = HttpCheck.get(action, host, port, "kube-probe/1.36", limit);
      if (!answer.elsewhere().isEmpty()) {
        return Outcome.warning("Probe terminated redirects, Response body: " + answer.body());
      }
      return answer.status() >= 200 && answer.status() < 400
          ? Outcome.success(answer.body())
          : Outcome.failure("HTTP probe failed with statuscode: " + answer.status());
    } catch (IOException e) {
      return Outcome.failure(String.valueOf(e.getMessage()));
    }
  }

  private static Outcome connect(String host, int port, Duration limit) {
    String address = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) limit.toMillis());
      return Outcome.success("");
    } catch (SocketTimeoutException e) {
      return Outcome.failure("dial tcp " + address + ": i/o timeout");
    } catch (IOException e) {
      return Outcome.failure("dial tcp " + address + ": " + HttpCheck.words(e));
    }
  }
}
