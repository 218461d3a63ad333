package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Logs that are rotated as the kubelet does it: renamed, then opened anew. */
class LogRotationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() {
    shared = Node.start();
  }

  @AfterAll
  static void stopNode() {
    if (shared != null) {
      shared.close();
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void noLineIsLostWhileLogsAreRotatedHoweverLongItIs() throws IOException {
    TestPod pod = node.pod("lines").hostNetwork().run();
    TestContainer container =
        pod.start(
            pod.shell(
                "main",
                "for i in $(seq 40); do seq $((i*500)) $((i*500+499));"
                    + " head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 0.02; done; printf end"));
    var log = new RotatedLog(container);
    while (container.state() != ContainerState.CONTAINER_EXITED && log.rotations() < 20) {
      log.rename();
      try {
        log.reopen();
      } catch (io.grpc.StatusRuntimeException e) {
        // It has ended meanwhile, and what it wrote is in the renamed file.
        assertThat(e.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
        Files.createFile(container.log());
      }
    }
    container.ended();

    var expected = new StringBuilder();
    for (int i = 1; i <= 40; i++) {
      for (int n = i * 500; n < i * 500 + 500; n++) {
        expected.append(n).append('\n');
      }
      expected.append("x".repeat(40_000)).append('\n');
    }
    assertThat(new String(log.written(), StandardCharsets.US_ASCII))
        .isEqualTo(expected.append("end").toString());
    assertThat(log.rotations()).isGreaterThan(3);
  }

  /** Told twice, conmon would put a second new file over the first, with the lines in it. */
  @Test
  void callsAtTheSameTimeTellConmonOnce() throws Exception {
    TestPod pod = node.pod("together").hostNetwork().run();
    TestContainer container = pod.start(pod.shell("main", COUNT));
    var log = new RotatedLog(container);
    container.awaitLine("line 1");
    Path control = node.config.state().resolve("containers").resolve(container.id).resolve("ctl");
    log.rename();
    try (Pidfd conmon = conmon(container);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      conmon.signal(Signals.SIGSTOP);
      try {
        Future<?> first = threads.submit(() -> reopenFails(log));
        reopenFails(log);
        first.get();
        try (var told = Files.newByteChannel(control)) {
          var lines = ByteBuffer.allocate(1 << 12);
          told.read(lines);
          assertThat(StandardCharsets.US_ASCII.decode(lines.flip()).toString())
              .hasLineCount(1)
              .endsWith("\n");
        }
      } finally {
        conmon.signal(Signals.SIGCONT);
      }
    }
    log.reopen();
    container.sh("touch /stop");
    assertThat(container.ended().getExitCode()).isEqualTo(7);
  }

  private void reopenFails(RotatedLog log) {
    assertFails(log::reopen, Code.DEADLINE_EXCEEDED, "conmon made no new file");
  }

  private static Pidfd conmon(TestContainer container) throws IOException {
    ProcessHandle conmon =
        ProcessHandle.allProcesses()
            .filter(p -> p.info().command().orElse("").endsWith("/conmon"))
            .filter(p -> p.info().commandLine().orElse("").contains(container.id))
            .findFirst()
            .orElseThrow();
    return Pidfd.open(ProcessId.of((int) conmon.pid())).orElseThrow();
  }

  @Test
  void binaryOutputIsKeptByteForByte() throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(4711).nextBytes(bytes);
    bytes[bytes.length - 1] = 'x';
    Path data = Files.write(node.dirs.path("random"), bytes);
    TestPod pod = node.pod("binary").hostNetwork().run();
    TestContainer container =
        pod.start(
            pod.shell(
                    "main",
                    "head -c 150000 /data; until [ -e /go ]; do sleep 0.02; done;"
                        + " tail -c 150000 /data")
                .addMounts(
                    Mount.newBuilder().setHostPath(data.toString()).setContainerPath("/data")));
    var log = new RotatedLog(container);
    await().atMost(PATIENCE).until(() -> log.written().length == 150_000);
    log.rename();
    log.reopen();
    container.sh("touch /go");
    container.ended();

    assertThat(log.written()).isEqualTo(bytes);
  }

  private static final String COUNT =
      "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit 7";
}
