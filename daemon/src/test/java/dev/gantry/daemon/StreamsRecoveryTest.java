package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.streaming.ExitStatusJson.Outcome;
import dev.gantry.streaming.client.RemoteCommand;
import dev.gantry.streaming.client.Transport;
import dev.gantry.testkit.LeakCheck;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Streams of a daemon that is killed, and of the one that comes after it. */
class StreamsRecoveryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final Node node = Node.options().inOwnProcess().start();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void closeNode() {
    threads.shutdownNow();
    node.close();
  }

  @Test
  void aKilledDaemonLeavesNoExecAndAttachWorksAsBefore() throws Exception {
    TestPod pod = node.pod("streams").run();
    TestContainer container =
        pod.start(
            pod.container("main", "sh", "-c", "while read l; do echo got $l; done").setStdin(true));
    var clients = new StreamClients(node, Transport.SPDY);
    var out = new ByteArrayOutputStream();
    RemoteCommand exec =
        clients.connectExec(
            container, false, false, "sh", "-c", "sleep 7777 & setsid sleep 7777 & echo on; wait");
    Future<Outcome> end =
        threads.submit(
            () -> exec.run(null, out, OutputStream.nullOutputStream(), () -> {}, () -> {}));
    await().atMost(PATIENCE).until(() -> out.size() > 0);
    assertThat(clients.exec(container, null, "sh", "-c", "sleep 7776 &").code()).isZero();

    node.kill();

    await().atMost(PATIENCE).until(end::isDone);
    node.boot();
    assertThat(container.sh("ps | grep -c '[s]leep 7777' || true")).isEqualTo("0");
    // What a command that had ended left running is nobody's to kill.
    assertThat(container.sh("ps | grep -c '[s]leep 7776'")).isEqualTo("1");
    assertThat(clients.exec(container, null, "echo", "again").out()).isEqualTo("again\n");
    var attached = new ByteArrayOutputStream();
    try (RemoteCommand attach = clients.connectAttach(container, true, false)) {
      var line = new ByteArrayInputStream("one\n".getBytes(StandardCharsets.US_ASCII));
      Future<Outcome> over =
          threads.submit(() -> attach.run(line, attached, attached, () -> {}, () -> {}));
      await().atMost(PATIENCE).until(() -> attached.size() > 0);
      assertThat(over.isDone()).isFalse();
    }
    assertThat(attached.toString(StandardCharsets.UTF_8)).isEqualTo("got one\n");
  }
}
