package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.ForwardedPorts;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Streams of a daemon that is killed, and of the one that comes after it. */
class StreamsRecoveryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SCRIPT = "sleep 7777 & setsid sleep 7777 & echo on; wait";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final Node node = Node.options().logLevel("debug").inOwnProcess().start();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void closeNode() {
    threads.shutdownNow();
    node.close();
  }

  private static TestContainer reader(TestPod pod) {
    return pod.start(
        pod.container(
                "main", "sh", "-c", "nc -ll -p 7000 -e cat & while read l; do echo got $l; done")
            .setStdin(true));
  }

  @Test
  void aKilledDaemonLeavesNoExecAndAttachWorksAsBefore() throws Exception {
    TestPod pod = node.pod("streams").run();
    TestContainer container = reader(pod);
    List<Future<?>> ends = new ArrayList<>();
    for (Transport transport : Transport.values()) {
      var clients = new StreamClients(node, transport);
      for (boolean terminal : new boolean[] {false, true}) {
        ends.add(exec(clients, container, terminal));
      }
      RemoteCommand attached = clients.connectAttach(container, false, false);
      OutputStream nowhere = OutputStream.nullOutputStream();
      ends.add(threads.submit(() -> attached.run(null, nowhere, nowhere, () -> {}, () -> {})));
      ends.add(forward(clients, pod));
    }
    var clients = new StreamClients(node, Transport.SPDY);
    assertThat(clients.exec(container, null, "sh", "-c", "sleep 7776 &").code()).isZero();

    node.kill();

    // Nobody waits for ever.
    await().atMost(PATIENCE).until(() -> ends.stream().allMatch(Future::isDone));
    node.boot();
    assertThat(container.sh("ps | grep -c '[s]leep 7777' || true")).isEqualTo("0");
    // What a command that had ended left running is nobody's to kill.
    assertThat(container.sh("ps | grep -c '[s]leep 7776'")).isEqualTo("1");
    assertThat(clients.exec(container, null, "echo", "again").out()).isEqualTo("again\n");
    for (Transport transport : Transport.values()) {
      assertAttachAndForwardWork(new StreamClients(node, transport), pod, container);
    }
  }

  /** As under gVisor on a machine that is busy. */
  @Test
  void execsThatCannotBeEndedAtOnceAreEndedLater() throws Exception {
    TestContainer container = node.pod("late").hostNetwork().run().startSleeper("main");
    Future<?> _ = exec(new StreamClients(node, Transport.SPDY), container, false);
    node.kill();
    Path bundle = node.config.state().resolve("containers").resolve(container.id);
    Path aside = node.dirs.path("aside");
    Path noted;
    try (var files = Files.newDirectoryStream(bundle, "exec-*.json")) {
      noted = files.iterator().next();
    }
    Files.move(noted, aside);
    Path obstacle = Files.createDirectory(bundle.resolve("exec-obstacle.json"));
    node.boot();

    assertThat(container.sh("ps | grep -c '[s]leep 7777'")).isNotEqualTo("0");
    Files.move(aside, noted);
    Files.delete(obstacle);
    await()
        .atMost(PATIENCE)
        .until(() -> container.sh("ps | grep -c '[s]leep 7777' || true").equals("0"));
  }

  private Future<?> exec(StreamClients clients, TestContainer container, boolean terminal)
      throws IOException {
    var out = new ByteArrayOutputStream();
    RemoteCommand exec = clients.connectExec(container, false, terminal, "sh", "-c", SCRIPT);
    Future<?> end =
        threads.submit(() -> exec.run(null, out, terminal ? null : out, () -> {}, () -> {}));
    await().atMost(PATIENCE).until(() -> out.size() > 0);
    return end;
  }

  /** A forwarded connection that is open; done when its end has come through. */
  private Future<?> forward(StreamClients clients, TestPod pod) throws IOException {
    ForwardedPorts ports = clients.connectPorts(pod);
    Future<?> _ =
        threads.submit(() -> {
          ports.run();
          return true;
        });
    Socket local;
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      local = new Socket(listener.getInetAddress(), listener.getLocalPort());
      ports.forward(listener.accept(), 7000, why -> {});
    }
    local.getOutputStream().write('x');
    assertThat(local.getInputStream().read()).isEqualTo('x');
    return threads.submit(() -> {
      try (local) {
        return local.getInputStream().read();
      }
    });
  }

  private void assertAttachAndForwardWork(
      StreamClients clients, TestPod pod, TestContainer container) throws Exception {
    var attached = new ByteArrayOutputStream();
    try (RemoteCommand attach = clients.connectAttach(container, true, false)) {
      var line = new ByteArrayInputStream("one\n".getBytes(StandardCharsets.US_ASCII));
      Future<Outcome> over =
          threads.submit(() -> attach.run(line, attached, attached, () -> {}, () -> {}));
      await().atMost(PATIENCE).until(() -> attached.size() > 0);
      assertThat(over.isDone()).isFalse();
    }
    assertThat(attached.toString(StandardCharsets.UTF_8)).isEqualTo("got one\n");
    forward(clients, pod).cancel(true);
  }

  @Test
  void noTokenIsInTheLog() throws Exception {
    TestPod pod = node.pod("tokens").run();
    TestContainer container = reader(pod);
    var request =
        ExecRequest.newBuilder().setContainerId(container.id).addCmd("id").setStdout(true).build();
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      URI url = URI.create(node.runtime().exec(request).getUrl());
      tokens.add(url.getPath().substring("/exec/".length()));
      if (i > 0) {
        try (RemoteCommand client = RemoteCommand.connect(url, Transport.SPDY, false)) {
          client.run(null, OutputStream.nullOutputStream(), null, () -> {}, () -> {});
        }
      }
    }
    node.stop();

    String log = Files.readString(node.log());
    assertThat(log).contains("method=Exec ");
    for (String token : tokens) {
      assertThat(log).doesNotContain(token);
    }
    node.boot();
  }
}
