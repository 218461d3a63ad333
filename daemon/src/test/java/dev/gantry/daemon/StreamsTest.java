package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.daemon.StreamClients.Result;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.ForwardedPorts;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import java.io.ByteArrayInputStream;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
import org.junit.jupiter.params.provider.EnumSource;

/** Exec, attach and port-forward with real containers, over both transports. */
@SuppressWarnings("FutureReturnValueIgnored") // clients that a test ends from outside
class StreamsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** More of everything for a soak: {@code -Dgantry.streams=500}. */
  private static final int MANY = Integer.getInteger("gantry.streams", 60);

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
    return node.pod("stream" + pods++).run();
  }

  private static StreamClients over(Transport transport) {
    return new StreamClients(node, transport);
  }

  /** How many of the commands of these tests run in the container. */
  private static int sleepers(TestContainer container) {
    return Integer.parseInt(container.sh("ps | grep -c '[s]leep 7777' || true"));
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void execHasItsOwnStreamsAndExitCode(Transport transport) throws IOException {
    TestContainer container = pod().startSleeper("main");
    StreamClients clients = over(transport);

    Result done = clients.exec(container, null, "sh", "-c", "echo out; echo err >&2; exit 3");
    Result fed = clients.exec(container, text("in"), "sh", "-c", "cat; echo end");

    assertThat(done.out()).isEqualTo("out\n");
    assertThat(done.err()).isEqualTo("err\n");
    assertThat(done.code()).isEqualTo(3);
    assertThat(fed.out()).isEqualTo("inend\n");
    assertThat(fed.code()).isZero();
    assertThat(clients.exec(container, null, "sh", "-c", "kill -9 $$").code()).isEqualTo(137);
    assertThat(clients.exec(container, null, "/no/such").outcome())
        .asString()
        .contains("no such file");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void noByteIsLostOrChanged(Transport transport) throws IOException {
    TestContainer container = pod().startSleeper("main");
    byte[] bytes = new byte[20_000_000];
    new Random(1).nextBytes(bytes);
    var out = new ByteArrayOutputStream(bytes.length);

    over(transport)
        .exec(
            container,
            new ByteArrayInputStream(bytes),
            out,
            OutputStream.nullOutputStream(),
            "cat");

    assertThat(out.toByteArray()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aTerminalIsResizedAndEndsWithItsShell(Transport transport) throws Exception {
    TestContainer container = pod().startSleeper("main");
    var out = new ByteArrayOutputStream();
    try (var keys = new PipedOutputStream();
        RemoteCommand client = over(transport).connectExec(container, true, true, "sh")) {
      Future<Outcome> end =
          threads.submit(
              () -> client.run(new PipedInputStream(keys), out, null, () -> {}, () -> {}));
      await().atMost(PATIENCE).until(() -> out.size() > 0);
      client.resize(33, 101);
      keys.write("stty size; exit 4\n".getBytes(StandardCharsets.US_ASCII));
      keys.flush();

      assertThat(end.get()).isEqualTo(new Outcome.Exited(4));
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("33 101\r\n");
  }

  @Test
  void whoLeavesTakesTheWholeTreeAlong() throws IOException {
    TestContainer container = pod().startSleeper("main");
    String script = "sleep 7777 & setsid sleep 7777 & echo on; cat";
    for (Transport transport : Transport.values()) {
      RemoteCommand client =
          over(transport).connectExec(container, true, false, "sh", "-c", script);
      var out = new ByteArrayOutputStream();
      threads.submit(() ->
          client.run(
              new PipedInputStream(new PipedOutputStream()),
              out,
              OutputStream.nullOutputStream(),
              () -> {},
              () -> {}));
      await().atMost(PATIENCE).until(() -> out.size() > 0);

      client.close();

      await().atMost(PATIENCE).until(() -> sleepers(container) == 0);
    }
  }

  @Test
  void whoLeavesWhileTheCommandTakesNoInputIsNoticed() throws IOException {
    TestContainer container = pod().startSleeper("main");
    RemoteCommand client =
        over(Transport.SPDY).connectExec(container, true, false, "sleep", "7777");
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    threads.submit(() ->
        client.run(
            endless,
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream(),
            () -> {},
            () -> {}));
    await().atMost(PATIENCE).until(() -> sleepers(container) == 1);

    client.close();

    await().atMost(PATIENCE).until(() -> sleepers(container) == 0);
  }

  @Test
  void whatACommandLeavesRunningStays() throws IOException {
    TestContainer container = pod().startSleeper("main");

    Result done =
        over(Transport.SPDY).exec(container, null, "sh", "-c", "(sleep 2; echo > /done) & echo ok");

    assertThat(done.out()).isEqualTo("ok\n");
    await().atMost(PATIENCE).until(() -> container.exec("test", "-e", "/done").getExitCode() == 0);
  }

  @Test
  void manyAtOnceAreAllRight() throws Exception {
    TestContainer container = pod().startSleeper("main");
    List<Future<Result>> running = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      String number = Integer.toString(i);
      int code = i % 200;
      Transport transport = i % 2 == 0 ? Transport.SPDY : Transport.WEBSOCKET;
      running.add(
          threads.submit(() ->
              over(transport).exec(container, text(number), "sh", "-c", "cat; exit " + code)));
    }
    for (int i = 0; i < MANY; i++) {
      assertThat(running.get(i).get().out()).isEqualTo(Integer.toString(i));
      assertThat(running.get(i).get().code()).isEqualTo(i % 200);
    }
  }

  @Test
  void severalAreAttachedAtOnceAndTheLogGoesOn() throws Exception {
    TestPod pod = pod();
    TestContainer container =
        pod.create(
            pod.container("main", "sh", "-c", "echo first; while read l; do echo got $l; done")
                .setStdin(true));
    var out = new ByteArrayOutputStream();
    var other = new ByteArrayOutputStream();
    try (var keys = new PipedOutputStream();
        RemoteCommand writer = over(Transport.SPDY).connectAttach(container, true, false);
        RemoteCommand reader = over(Transport.WEBSOCKET).connectAttach(container, false, false)) {
      Future<Outcome> writing =
          threads.submit(
              () -> writer.run(new PipedInputStream(keys), out, other, () -> {}, container::start));
      threads.submit(() -> reader.run(null, other, other, () -> {}, () -> {}));
      await()
          .atMost(PATIENCE)
          .until(() -> out.toString(StandardCharsets.UTF_8).contains("first") || writing.isDone());
      assertThat(writing).as("the end of it: %s", writing).isNotDone();

      keys.write("one\n".getBytes(StandardCharsets.US_ASCII));
      keys.flush();

      await().atMost(PATIENCE).until(() -> out.toString(StandardCharsets.UTF_8).contains("one"));
    }
    await().atMost(PATIENCE).until(() -> container.logLines().contains("got one"));
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("first\ngot one\n");
    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
  }

  @Test
  void stdinOnceEndsWithItsFirstWriterAndNotWithAReader() throws Exception {
    TestPod pod = pod();
    TestContainer container =
        pod.start(
            pod.container("main", "sh", "-c", "cat; echo over").setStdin(true).setStdinOnce(true));
    RemoteCommand reader = over(Transport.SPDY).connectAttach(container, false, false);
    var seen = new ByteArrayOutputStream();
    Future<?> read = threads.submit(() -> reader.run(null, seen, seen, () -> {}, () -> {}));
    reader.close();
    await().atMost(PATIENCE).until(read::isDone);

    var out = new ByteArrayOutputStream();
    try (RemoteCommand writer = over(Transport.SPDY).connectAttach(container, true, false)) {
      assertThat(writer.run(text("in\n"), out, seen, () -> {}, () -> {}))
          .isEqualTo(new Outcome.Exited(0));
    }

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("in\nover\n");
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void portsAreForwardedWithBothDirectionsEndingByThemselves(Transport transport) throws Exception {
    TestPod pod = pod();
    pod.startEcho();
    var errors = new CopyOnWriteArrayList<String>();
    try (ForwardedPorts ports = over(transport).connectPorts(pod);
        var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      threads.submit(() -> {
        ports.run();
        return true;
      });
      threads.submit(() -> {
        while (true) {
          ports.forward(listener.accept(), 7000, errors::add);
        }
      });
      byte[] bytes = new byte[3_000_000];
      new Random(2).nextBytes(bytes);
      List<Future<byte[]>> answers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        answers.add(threads.submit(() -> roundTrip(listener, bytes)));
      }
      for (Future<byte[]> answer : answers) {
        assertThat(answer.get()).as("told: %s", errors).isEqualTo(bytes);
      }
      assertThat(errors).isEmpty();
    }
  }

  private byte[] roundTrip(ServerSocket listener, byte[] bytes) throws Exception {
    try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      Future<?> sent =
          threads.submit(() -> {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            return true;
          });
      byte[] answer = socket.getInputStream().readAllBytes();
      sent.get();
      return answer;
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aPortThatNobodyListensOnIsSaid(Transport transport) throws Exception {
    TestPod pod = pod();
    var errors = new CopyOnWriteArrayList<String>();
    try (ForwardedPorts ports = over(transport).connectPorts(pod);
        var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      threads.submit(() -> {
        ports.run();
        return true;
      });
      ports.forward(listener.accept(), 7001, errors::add);

      assertThat(client.getInputStream().read()).isNegative();
    }
    // Before the data end, so whoever leaves then has been told.
    assertThat(errors).hasSize(1);
    assertThat(errors.getFirst())
        .contains("port 7001", "127.0.0.1:7001", "[::1]:7001", "Connection refused");
  }
}
