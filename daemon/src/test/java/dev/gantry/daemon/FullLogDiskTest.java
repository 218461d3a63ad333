package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A full disk of logs loses no line: who writes more than a pipe holds waits. */
class FullLogDiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern MONITOR = Pattern.compile("\"monitorPid\":(\\d+)");

  private static final String COUNT =
      "dots=$(head -c 400 /dev/zero | tr '\\0' .); i=0; while [ ! -e /stop ]; do i=$((i+1));"
          + " echo line $i $dots; sleep 0.01; done; exit 7";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() throws IOException {
    OrphanReaper.start();
    shared = Node.options().inOwnProcess().start();
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

  private TestContainer start(String diskOptions, String script) throws IOException {
    return start(diskOptions, pod -> pod.shell("main", script));
  }

  private TestContainer start(
      String diskOptions, Function<TestPod, ContainerConfig.Builder> container) throws IOException {
    Path full = node.dirs.dir("full");
    SmallDisk.mount(full, diskOptions);
    TestPod pod = node.pod("full").hostNetwork();
    pod.config.setLogDirectory(full.resolve("pod").toString());
    return pod.run().start(container.apply(pod));
  }

  private void makeRoom() throws IOException {
    Files.delete(SmallDisk.filler(node.dirs.path("full")));
  }

  /** Waits until the log has got its share of a disk of 512 KB. */
  private static void awaitShare(TestContainer container) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            At.find(At.CWD, container.log().toString(), false).orElseThrow().blocks512() >= 512);
  }

  /** Takes what is free of a disk of 512 KB, once the log has got its share. */
  private void fill(TestContainer container) throws IOException {
    awaitShare(container);
    SmallDisk.fillBytes(node.dirs.path("full"));
  }

  private static void awaitWaiting(TestContainer container) {
    await().atMost(PATIENCE).until(() -> container.info().contains("\"logWaits\":true"));
  }

  private static void awaitMoreLines(TestContainer container) {
    int lines = container.rawLog().size();
    await().atMost(PATIENCE).until(() -> container.rawLog().size() > lines + 2);
  }

  private static void stopCounting(TestContainer container) {
    container.sh("touch /stop");
    assertThat(container.ended().getExitCode()).isEqualTo(7);
  }

  private static void assertNoneIsMissing(RotatedLog log, String prefix) throws IOException {
    List<String> lines =
        new String(log.written(), StandardCharsets.US_ASCII)
            .lines()
            .map(line -> line.replaceFirst(" \\.+$", ""))
            .toList();
    assertThat(lines)
        .isEqualTo(IntStream.rangeClosed(1, lines.size()).mapToObj(i -> prefix + i).toList());
  }

  @Test
  void noLineIsLostWhileThereIsNoRoomNorWhenTheLogIsRotatedThen() throws IOException {
    TestContainer container = start("size=512k", COUNT);
    var log = new RotatedLog(container);
    awaitMoreLines(container);
    fill(container);
    awaitWaiting(container);
    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    log.rename();
    log.reopen();
    awaitWaiting(container);
    makeRoom();
    awaitMoreLines(container);
    assertThat(container.info()).contains("\"logWaits\":false", "\"logBytesLost\":0");
    stopCounting(container);

    assertNoneIsMissing(log, "line ");
    assertThat(Files.readString(node.log())).contains("a container that writes more waits");
  }

  /** Files are taken away as the kubelet does it; the container writes as fast as it can. */
  @Test
  void noLineIsLostOfAContainerThatFillsItsDiskAgainAndAgain() throws IOException {
    TestContainer container = start("size=4m", "seq 200000");
    var log = new RotatedLog(container);
    Path elsewhere = node.dirs.dir("elsewhere");
    while (container.state() != ContainerState.CONTAINER_EXITED) {
      log.rename();
      try {
        log.reopen();
        log.moveAway(elsewhere);
      } catch (StatusRuntimeException e) {
        // It has ended meanwhile.
        assertThat(e.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
        log.renameBack();
      }
    }
    assertThat(container.ended().getExitCode()).isZero();

    assertNoneIsMissing(log, "");
    assertThat(new String(log.written(), StandardCharsets.US_ASCII)).endsWith("\n200000\n");
  }

  /** As people make room at night. */
  @Test
  void aLogThatIsCutGoesOnAndHasRoomOfItsOwnAgain() throws IOException {
    TestContainer container = start("size=512k", COUNT);
    awaitMoreLines(container);
    fill(container);
    awaitWaiting(container);
    try (var log = Files.newByteChannel(container.log(), StandardOpenOption.WRITE)) {
      log.truncate(0);
    }
    awaitMoreLines(container);
    awaitWaiting(container);
    makeRoom();
    awaitMoreLines(container);
    stopCounting(container);

    List<String> lines = container.logLines();
    int first = number(lines.getFirst());
    assertThat(lines.stream().map(FullLogDiskTest::number).toList())
        .isEqualTo(IntStream.range(first, first + lines.size()).boxed().toList());
  }

  private static int number(String line) {
    return Integer.parseInt(line.split(" ", -1)[1]);
  }

  @Test
  void aContainerThatWaitsIsStoppedAsAnyOther() throws IOException {
    TestContainer container = start("size=256k", "trap 'exit 9' TERM; echo begins; yes & wait");
    container.awaitLine("begins");
    awaitWaiting(container);
    container.stop(30);

    assertThat(container.ended().getExitCode()).isEqualTo(9);
    assertThat(container.info()).contains("\"logWaits\":false");
  }

  @Test
  void aKilledDaemonsWorkIsTakenUpByTheNext() throws IOException {
    TestContainer container = start("size=512k", COUNT);
    awaitMoreLines(container);
    fill(container);
    awaitWaiting(container);
    ProcessId monitor = monitor(container);
    node.kill();
    assertThat(monitor.stopped()).isTrue();
    node.boot();
    awaitWaiting(container);
    makeRoom();
    awaitMoreLines(container);
    stopCounting(container);

    assertNoneIsMissing(new RotatedLog(container), "line ");
  }

  @Test
  void aDaemonThatIsStoppedLeavesNobodyWaiting() throws IOException {
    TestContainer container = start("size=512k", COUNT);
    awaitMoreLines(container);
    fill(container);
    awaitWaiting(container);
    ProcessId monitor = monitor(container);
    assertThat(monitor.stopped()).isTrue();
    Path log = container.log();
    node.stop();
    assertThat(monitor.alive() && !monitor.stopped()).isTrue();
    makeRoom();
    long size = Files.size(log);
    await().atMost(PATIENCE).until(() -> Files.size(log) > size + 100);
    node.boot();
    stopCounting(container);
  }

  /** The daemon attaches to conmon, for which an input may end with whoever leaves. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theInputOfAContainerDoesNotEndWithTheDaemonThatSawToItsLog(boolean once) throws IOException {
    String script = "echo begins; cat; echo ended; sleep 100";
    TestContainer container =
        start("size=512k", pod -> pod.shell("main", script).setStdin(true).setStdinOnce(once));
    container.awaitLine("begins");
    awaitShare(container);
    node.stop();
    node.boot();
    awaitShare(container);

    assertThat(container.logLines()).doesNotContain("ended");
  }

  private static ProcessId monitor(TestContainer container) throws IOException {
    Matcher pid = MONITOR.matcher(container.info());
    assertThat(pid.find()).isTrue();
    return ProcessId.of(Integer.parseInt(pid.group(1)));
  }

  /** conmon would end where it cannot make its new file, and with it the container. */
  @Test
  void whereNoNewLogCanBeMadeTheOldOneGoesOn() throws IOException {
    TestContainer container = start("size=4m,nr_inodes=12", COUNT);
    var log = new RotatedLog(container);
    awaitMoreLines(container);
    List<Path> fillers = SmallDisk.fillInodes(node.dirs.path("full"));
    log.rename();

    assertFails(log::reopen, Code.INTERNAL, container.pod.logDirectory() + "/main.log", "ENOSPC");
    assertFails(log::reopen, Code.INTERNAL, "ENOSPC");
    Files.delete(fillers.getFirst());
    log.reopen();
    awaitMoreLines(container);
    stopCounting(container);

    assertNoneIsMissing(log, "line ");
  }
}
