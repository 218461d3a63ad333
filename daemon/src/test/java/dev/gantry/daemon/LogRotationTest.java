package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private final List<Path> rotated = new ArrayList<>();

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
    Mounts.unmountUnder(node.dirs.dir("full"));
    assertThat(node.leftovers()).isEmpty();
  }

  private void rename(TestContainer container) throws IOException {
    Path next = container.log().resolveSibling("main.log." + rotated.size());
    Files.move(container.log(), next);
    rotated.add(next);
  }

  private void reopen(TestContainer container) {
    var _ =
        node.runtime()
            .reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(container.id).build());
  }

  /** What the container wrote, put together from the lines of all files. */
  private byte[] written(TestContainer container) throws IOException {
    var all = new ByteArrayOutputStream();
    var files = new ArrayList<>(rotated);
    files.add(container.log());
    for (Path file : files) {
      byte[] log = Files.readAllBytes(file);
      int start = 0;
      for (int i = 0; i < log.length; i++) {
        if (log[i] == '\n') {
          append(log, start, i, all);
          start = i + 1;
        }
      }
      assertThat(start).as("the last line of " + file).isEqualTo(log.length);
    }
    return all.toByteArray();
  }

  /** {@code <time> <stream> <F or P> <bytes>}, of which P goes on in the next line. */
  private static void append(byte[] log, int start, int end, ByteArrayOutputStream all) {
    int at = start;
    for (int spaces = 0; spaces < 3; at++) {
      spaces += log[at] == ' ' ? 1 : 0;
    }
    assertThat(new String(log, start, at - start, StandardCharsets.ISO_8859_1))
        .matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+[+-]\\d\\d:\\d\\d std(out|err) [FP] ");
    all.write(log, at, end - at);
    if (log[at - 2] == 'F') {
      all.write('\n');
    }
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
    while (container.state() != ContainerState.CONTAINER_EXITED && rotated.size() < 20) {
      rename(container);
      try {
        reopen(container);
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
    assertThat(new String(written(container), StandardCharsets.US_ASCII))
        .isEqualTo(expected.append("end").toString());
    assertThat(rotated.size()).isGreaterThan(3);
  }

  /** Told twice, conmon would put a second new file over the first, with the lines in it. */
  @Test
  void callsAtTheSameTimeTellConmonOnce() throws Exception {
    TestPod pod = node.pod("together").hostNetwork().run();
    TestContainer container = pod.start(pod.shell("main", COUNT));
    container.awaitLine("line 1");
    Path control = node.config.state().resolve("containers").resolve(container.id).resolve("ctl");
    rename(container);
    try (Pidfd conmon = conmon(container);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      conmon.signal(Signals.SIGSTOP);
      try {
        Future<?> first = threads.submit(() -> reopenFails(container));
        reopenFails(container);
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
    reopen(container);
    container.sh("touch /stop");
    assertThat(container.ended().getExitCode()).isEqualTo(7);
  }

  private void reopenFails(TestContainer container) {
    assertFails(() -> reopen(container), Code.DEADLINE_EXCEEDED, "conmon made no new file");
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
    await().atMost(PATIENCE).until(() -> written(container).length == 150_000);
    rename(container);
    reopen(container);
    container.sh("touch /go");
    container.ended();

    assertThat(written(container)).isEqualTo(bytes);
  }

  private static final String COUNT =
      "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit 7";

  private TestContainer counting(String options) throws IOException {
    Path full = node.dirs.dir("full");
    Spawn.Result mounted =
        Spawn.of("mount", "-t", "tmpfs", "-o", options, "logs", full.toString())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run(PATIENCE, 1 << 16);
    assertThat(mounted.success()).as(mounted.stderr().toString()).isTrue();
    TestPod pod = node.pod("full").hostNetwork();
    pod.config.setLogDirectory(full.resolve("pod").toString());
    return pod.run().start(pod.shell("main", COUNT));
  }

  /** conmon would end where it cannot make its new file, and with it the container. */
  @Test
  void whereNoNewLogCanBeMadeTheOldOneGoesOn() throws IOException {
    TestContainer container = counting("size=4m,nr_inodes=12");
    container.awaitLine("line 1");
    List<Path> fillers = new ArrayList<>();
    Path full = node.dirs.path("full");
    try {
      while (true) {
        fillers.add(Files.createFile(full.resolve("filler" + fillers.size())));
      }
    } catch (FileSystemException e) {
      assertThat(e.getReason()).contains("No space");
    }
    rename(container);

    assertFails(
        () -> reopen(container),
        Code.INTERNAL,
        container.pod.logDirectory() + "/main.log",
        "ENOSPC");
    assertFails(() -> reopen(container), Code.INTERNAL, "ENOSPC");
    Files.delete(fillers.getFirst());
    reopen(container);
    await().atMost(PATIENCE).until(() -> container.logLines().size() > 2);
    container.sh("touch /stop");
    assertThat(container.ended().getExitCode()).isEqualTo(7);

    List<String> lines = new String(written(container), StandardCharsets.US_ASCII).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).isEqualTo("line " + (i + 1));
    }
  }

  /** What is written while there is no room is lost; nothing before, and no line is torn after. */
  @Test
  void aFullDiskEndsNobodyAndLogsGoOnWhenThereIsRoom() throws IOException {
    TestContainer container = counting("size=256k");
    container.awaitLine("line 1");
    Path filler = node.dirs.path("full").resolve("filler");
    try (var out = Files.newOutputStream(filler)) {
      while (true) {
        out.write(new byte[4096]);
      }
    } catch (IOException e) {
      assertThat(e.getMessage()).contains("No space");
    }
    // The log's last page fills up, then writes fail.
    await()
        .atMost(PATIENCE)
        .until(() -> {
          long size = Files.size(container.log());
          container.sh("sleep 0.3");
          return Files.size(container.log()) == size;
        });
    List<String> before = container.logLines();
    rename(container);
    reopen(container);
    Files.delete(filler);
    await().atMost(PATIENCE).until(() -> container.logLines().size() > 2);
    container.sh("touch /stop");
    assertThat(container.ended().getExitCode()).isEqualTo(7);

    for (int i = 0; i < before.size() - 1; i++) {
      assertThat(before.get(i)).isEqualTo("line " + (i + 1));
    }
    List<String> after = container.logLines();
    int first = Integer.parseInt(after.getFirst().substring("line ".length()));
    for (int i = 0; i < after.size(); i++) {
      assertThat(after.get(i)).isEqualTo("line " + (first + i));
    }
  }
}
