package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.ForwardedPorts;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams on each handler, on terminals, to other networks, and to clients that are slow. */
@SuppressWarnings("FutureReturnValueIgnored") // clients that a test ends from outside
class StreamsMoreTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String RUNTIMES =
      """
      [runtimes.crun]
      path = "crun"
      [runtimes.runc]
      path = "runc"
      """;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static int pods;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeAll
  static void startNode() {
    node = Node.options().runtimes(RUNTIMES).start();
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

  private static TestPod pod(String handler) {
    TestPod pod = node.pod("more" + pods++);
    pod.handler = handler;
    return pod;
  }

  private static StreamClients over(Transport transport) {
    return new StreamClients(node, transport);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"crun, SPDY", "crun, WEBSOCKET", "runc, SPDY", "runc, WEBSOCKET"})
  void attachToATerminal(String handler, Transport transport) throws Exception {
    TestPod pod = pod(handler).run();
    TestContainer container = pod.start(pod.container("main", "sh").setStdin(true).setTty(true));
    var out = new ByteArrayOutputStream();
    try (var keys = new PipedOutputStream();
        var typed = new PipedInputStream(keys);
        RemoteCommand client = over(transport).connectAttach(container, true, true)) {
      Future<Outcome> end = threads.submit(() -> client.run(typed, out, null, () -> {}, () -> {}));
      keys.write(ascii("word=kept\n"));
      keys.flush();
      await().atMost(PATIENCE).until(() -> text(out).contains("word=kept"));
      client.resize(33, 101);
      keys.write(ascii("until stty size | grep '33 101'; do sleep 0.1; done\n"));
      keys.flush();
      await().atMost(PATIENCE).until(() -> text(out).contains("\r\n33 101\r\n"));
      client.leave();
      await().atMost(PATIENCE).until(end::isDone);
    }
    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);

    // Another one finds it as it was left.
    try (var keys = new PipedOutputStream();
        var typed = new PipedInputStream(keys);
        RemoteCommand client = over(transport).connectAttach(container, true, true)) {
      Future<Outcome> end = threads.submit(() -> client.run(typed, out, null, () -> {}, () -> {}));
      keys.write(ascii("echo $word there; exit 3\n"));
      keys.flush();
      assertThat(end.get()).isEqualTo(new Outcome.Exited(0));
    }
    assertThat(text(out)).contains("kept there\r\n");
    assertThat(container.ended().getExitCode()).isEqualTo(3);
  }

  private static String text(ByteArrayOutputStream out) {
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"runc, SPDY", "runc, WEBSOCKET"})
  void execOnTheOtherHandler(String handler, Transport transport) throws Exception {
    TestContainer container = pod(handler).run().startSleeper("main");
    StreamClients clients = over(transport);
    InputStream in = new java.io.ByteArrayInputStream(ascii("in"));

    StreamClients.Result done =
        clients.exec(container, in, "sh", "-c", "cat; echo err >&2; exit 3");

    assertThat(done).isEqualTo(new StreamClients.Result(new Outcome.Exited(3), "in", "err\n"));
    assertThat(clients.exec(container, null, "/no/such").outcome())
        .asString()
        .contains("no such file");
    var out = new ByteArrayOutputStream();
    RemoteCommand terminal =
        clients.connectExec(
            container, true, true, "sh", "-c", "sleep 7777 & setsid sleep 7777 & wait");
    threads.submit(() ->
        terminal.run(new PipedInputStream(new PipedOutputStream()), out, null, () -> {}, () -> {}));
    // The shell's own arguments have the word, too.
    await().atMost(PATIENCE).until(() -> sleepers(container) == 3);
    terminal.close();
    await().atMost(PATIENCE).until(() -> sleepers(container) == 0);
  }

  private static int sleepers(TestContainer container) {
    return Integer.parseInt(container.sh("ps | grep -c '[s]leep 7777' || true"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aCommandIsInTheContainersCgroup(String handler) throws Exception {
    TestContainer container = pod(handler).run().startSleeper("main");
    var out = new ByteArrayOutputStream();
    RemoteCommand client =
        over(Transport.SPDY).connectExec(container, false, false, "sleep", "7778");
    try (client) {
      threads.submit(() -> client.run(null, out, out, () -> {}, () -> {}));
      await().atMost(PATIENCE).until(() -> find("sleep\0" + "7778\0").size() == 1);

      String command = Files.readString(find("sleep\0" + "7778\0").getFirst().resolve("cgroup"));
      assertThat(command).contains(container.id);
      assertThat(command).isEqualTo(Files.readString(first(container.id).resolve("cgroup")));
    }
    await().atMost(PATIENCE).until(() -> find("sleep\0" + "7778\0").isEmpty());
  }

  /** Processes of this machine with that command line. */
  private static List<Path> find(String commandLine) throws IOException {
    return ProcessHandle.allProcesses()
        .map(p -> Path.of("/proc", Long.toString(p.pid())))
        .filter(p -> read(p.resolve("cmdline")).equals(commandLine))
        .toList();
  }

  /** The container's first process. */
  private static Path first(String id) throws IOException {
    return find("sleep\0" + "3600\0").stream()
        .filter(p -> read(p.resolve("cgroup")).contains(id))
        .findFirst()
        .orElseThrow();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }

  /** What a server at the port says to a text, by a port-forward. */
  private String said(TestPod pod, Transport transport, int port, String text) throws Exception {
    var errors = new CopyOnWriteArrayList<String>();
    try (ForwardedPorts ports = over(transport).connectPorts(pod);
        var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      threads.submit(() -> {
        ports.run();
        return true;
      });
      ports.forward(listener.accept(), port, errors::add);
      client.getOutputStream().write(ascii(text));
      client.shutdownOutput();
      String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(errors).isEmpty();
      return said;
    }
  }

  @ParameterizedTest
  @CsvSource({"crun, SPDY, [::1]", "crun, WEBSOCKET, [::1]", "runc, SPDY, 127.0.0.1"})
  void eitherLoopbackIsReached(String handler, Transport transport, String address)
      throws Exception {
    TestPod pod = pod(handler).run();
    TestContainer container =
        pod.start(pod.container("echo", "httpd", "-f", "-p", address + ":7000"));
    container.awaitPort(7000);

    assertThat(said(pod, transport, 7000, "GET /none HTTP/1.0\r\n\r\n")).contains("404");
  }

  @Test
  void theHostsNetworkIsReachedByAPodThatHasIt() throws Exception {
    TestPod host = pod("crun").hostNetwork().run();
    TestPod other = pod("crun").run();
    try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      threads.submit(() -> {
        while (true) {
          try (Socket socket = listener.accept()) {
            socket.getOutputStream().write(socket.getInputStream().readAllBytes());
          }
        }
      });
      assertThat(said(host, Transport.SPDY, listener.getLocalPort(), "hello")).isEqualTo("hello");
      var errors = new CopyOnWriteArrayList<String>();
      // That of another pod is not.
      try (ForwardedPorts ports = over(Transport.SPDY).connectPorts(other);
          var local = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          Socket client = new Socket(local.getInetAddress(), local.getLocalPort())) {
        threads.submit(() -> {
          ports.run();
          return true;
        });
        ports.forward(local.accept(), listener.getLocalPort(), errors::add);
        assertThat(client.getInputStream().read()).isNegative();
      }
      await().atMost(PATIENCE).until(() -> !errors.isEmpty());
      assertThat(errors.getFirst()).contains("Connection refused");
    }
  }

  @Test
  void whoIsAttachedAndReadsNothingIsLetGoAndTheLogGoesOn() throws Exception {
    TestPod pod = pod("crun").run();
    TestContainer container =
        pod.start(
            pod.container(
                "main", "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i $(seq 200); done"));
    RemoteCommand client = over(Transport.SPDY).connectAttach(container, false, false);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            try {
              Thread.sleep(PATIENCE);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    try (client) {
      threads.submit(() -> client.run(null, stuck, stuck, () -> {}, () -> {}));
      // The container comes to a stop, as conmon waits for the client …
      long stopped = quiet(container.log());
      // … until that one is let go.
      await().atMost(PATIENCE).until(() -> Files.size(container.log()) > stopped + (1 << 20));
    }
  }

  /** The size of a file when it has not grown for a second. */
  private static long quiet(Path file) throws Exception {
    long size = -1;
    while (Files.size(file) != size) {
      size = Files.size(file);
      Thread.sleep(1000);
    }
    return size;
  }
}
