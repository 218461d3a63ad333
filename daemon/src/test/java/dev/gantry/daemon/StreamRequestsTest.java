package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a request for exec, attach or port-forward names is what its client gets. */
class StreamRequestsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BOTH = "echo out; echo err >&2";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static int pods;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeAll
  static void startNode() {
    node = Node.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    threads.shutdownNow();
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private static TestPod pod() {
    return node.pod("request" + pods++).run();
  }

  /** Over both transports one output, the other, and both. */
  private static Stream<Arguments> wanted() {
    return Stream.of(Transport.values())
        .flatMap(over ->
            Stream.of(
                Arguments.of(over, true, false),
                Arguments.of(over, false, true),
                Arguments.of(over, true, true)));
  }

  @ParameterizedTest
  @MethodSource("wanted")
  void execGivesTheOutputsThatAreWanted(Transport transport, boolean stdout, boolean stderr)
      throws Exception {
    ExecRequest.Builder request =
        exec(pod().startSleeper("main"))
            .addAllCmd(List.of("sh", "-c", BOTH))
            .setStdout(stdout)
            .setStderr(stderr);
    assertOutputs(new StreamClients(node, transport).connect(request), stdout, stderr);
  }

  @ParameterizedTest
  @MethodSource("wanted")
  void attachGivesTheOutputsThatAreWanted(Transport transport, boolean stdout, boolean stderr)
      throws Exception {
    TestPod pod = pod();
    // conmon tells nobody of what was written before it has taken the client in: again and again.
    TestContainer container =
        pod.create(pod.shell("main", "while :; do " + BOTH + "; sleep 0.1; done"));
    AttachRequest.Builder request = attach(container).setStdout(stdout).setStderr(stderr);
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try (RemoteCommand client = new StreamClients(node, transport).connect(request)) {
      Future<Outcome> end =
          threads.submit(() -> client.run(null, out, err, () -> {}, container::start));
      await()
          .atMost(PATIENCE)
          .until(
              () -> end.isDone() || ((!stdout || out.size() > 0) && (!stderr || err.size() > 0)));
      assertThat(end.isDone() ? end.get() : null).isNull();
      container.stop(0);
      await().atMost(PATIENCE).until(end::isDone);
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines().distinct().toList())
        .isEqualTo(stdout ? List.of("out") : List.of());
    assertThat(err.toString(StandardCharsets.UTF_8).lines().distinct().toList())
        .isEqualTo(stderr ? List.of("err") : List.of());
  }

  /** Whatever the client would take, of {@link #BOTH} there comes what was asked for. */
  private void assertOutputs(RemoteCommand client, boolean stdout, boolean stderr)
      throws Exception {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try (client) {
      Future<?> end = threads.submit(() -> client.run(null, out, err, () -> {}, () -> {}));
      await().atMost(PATIENCE).until(end::isDone);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(stdout ? "out\n" : "");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo(stderr ? "err\n" : "");
  }

  private static ExecRequest.Builder exec(TestContainer container) {
    return ExecRequest.newBuilder().setContainerId(container.id);
  }

  private static AttachRequest.Builder attach(TestContainer container) {
    return AttachRequest.newBuilder().setContainerId(container.id);
  }

  private static PortForwardRequest.Builder ports(TestPod pod) {
    return PortForwardRequest.newBuilder().setPodSandboxId(pod.id);
  }

  /** As clients do that speak the protocol of before, and whose URL names no port. */
  @Test
  void thePortThatTheRequestNamesIsForwarded() throws Exception {
    TestPod pod = pod();
    pod.startEcho();
    String url = node.runtime().portForward(ports(pod).addPort(7000).build()).getUrl();
    var came = new ByteArrayOutputStream();
    var listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            while (data.hasRemaining()) {
              came.write(data.get());
            }
            return WebSocket.Listener.super.onBinary(socket, data, last);
          }
        };
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .subprotocols("v4.channel.k8s.io")
              .buildAsync(URI.create(url.replaceFirst("http", "ws")), listener)
              .get();
      // Channel 0 has the data of the first port.
      String hello = "\0hello";
      try {
        socket.sendBinary(StandardCharsets.US_ASCII.encode(hello), true).get();
        await()
            .atMost(PATIENCE)
            .until(() -> came.toString(StandardCharsets.US_ASCII).endsWith(hello));
      } finally {
        socket.abort();
      }
    }
  }

  @Test
  void aPortThatIsNoneIsRefused() {
    TestPod pod = pod();
    for (int port : new int[] {0, 70000}) {
      assertFails(
          () -> node.runtime().portForward(ports(pod).addPort(7000).addPort(port).build()),
          Code.INVALID_ARGUMENT,
          "port forward: " + port + " is no port");
    }
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeThereIsAUrl() {
    TestContainer container = pod().startSleeper("main");
    ExecRequest.Builder exec = exec(container).addCmd("x");

    assertRefused(exec.clone().setContainerId("nope").setStdout(true), Code.NOT_FOUND, "nope");
    assertRefused(exec, Code.INVALID_ARGUMENT, "exec: one of stdin, stdout and stderr");
    assertRefused(
        exec.clone().setTty(true).setStdout(true).setStderr(true),
        Code.INVALID_ARGUMENT,
        "exec: tty and stderr exclude each other");
    AttachRequest.Builder attach = attach(container);
    assertRefused(attach.clone().setContainerId("nope").setStdout(true), Code.NOT_FOUND, "nope");
    assertRefused(attach, Code.INVALID_ARGUMENT, "attach: one of stdin, stdout and stderr");
    assertRefused(
        attach.clone().setTty(true).setStdout(true).setStderr(true),
        Code.INVALID_ARGUMENT,
        "attach: tty and stderr exclude each other");
    container.stop(0);
    assertRefused(exec.setStdout(true), Code.FAILED_PRECONDITION, "does not run");
    assertRefused(attach.setStdout(true), Code.FAILED_PRECONDITION, "does not run");
  }

  private static void assertRefused(ExecRequest.Builder request, Code code, String part) {
    assertFails(() -> node.runtime().exec(request.build()), code, part);
  }

  private static void assertRefused(AttachRequest.Builder request, Code code, String part) {
    assertFails(() -> node.runtime().attach(request.build()), code, part);
  }
}
