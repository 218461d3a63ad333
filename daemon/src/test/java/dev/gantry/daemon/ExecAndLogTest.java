package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands in containers, their logs and their statistics, with runc, the other OCI runtime. */
class ExecAndLogTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MEBI = 1 << 20;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static int pods;

  private TestPod pod;

  @BeforeAll
  static void startNode() {
    node = Node.options().runtimes("[runtimes.runc]\npath = \"runc\"\n").start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @BeforeEach
  void runPod() {
    pod = node.pod("exec" + pods++).hostNetwork().run();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void execAnswersOutputErrorsAndExitCode() {
    TestContainer container = pod.startSleeper("main");

    ExecSyncResponse done = container.exec("sh", "-c", "echo out; echo err >&2; exit 3");

    assertThat(done.getStdout().toStringUtf8()).isEqualTo("out\n");
    assertThat(done.getStderr().toStringUtf8()).isEqualTo("err\n");
    assertThat(done.getExitCode()).isEqualTo(3);
    assertThat(container.exec("sh", "-c", "kill -9 $$").getExitCode()).isEqualTo(137);
    assertThat(container.exec("true").getStdout()).isEmpty();
  }

  @Test
  void execTakesBytesAsTheyAre() {
    TestContainer container = pod.startSleeper("main");

    ExecSyncResponse done = container.exec("head", "-c", "3000000", "/dev/zero");

    assertThat(done.getStdout().size()).isEqualTo(3000000);
    assertThat(container.exec("printf", "\\377\\000").getStdout().toByteArray())
        .containsExactly(0xff, 0);
  }

  @Test
  void execRunsWhereAndAsTheContainerDoes() {
    TestContainer container =
        pod.start(
            pod.container("main", "sleep", "3600")
                .setWorkingDir("/var/tmp")
                .addEnvs(TestPod.variable("GIVEN", "yes")));

    assertThat(container.sh("pwd; echo $GIVEN").lines()).containsExactly("/var/tmp", "yes");
  }

  @Test
  void aTimeoutKillsTheWholeTree() {
    TestContainer container = pod.startSleeper("main");

    assertFails(
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(container.id)
                        .addCmd("sh")
                        .addCmd("-c")
                        .addCmd("sleep 7777 & setsid sleep 7777 & sleep 7777")
                        .setTimeout(1)
                        .build()),
        Code.DEADLINE_EXCEEDED,
        container.id,
        "timed out after 1 s");

    await().atMost(PATIENCE).until(() -> !container.sh("ps").contains("sleep 7777"));
    assertThat(container.sh("echo alive")).isEqualTo("alive");
  }

  @Test
  void aCommandThatEndsLeavesWhatItStarted() {
    TestContainer container = pod.startSleeper("main");

    ExecSyncResponse done = container.exec("sh", "-c", "sleep 8888 & echo started");

    assertThat(done.getExitCode()).isZero();
    assertThat(done.getStdout().toStringUtf8()).isEqualTo("started\n");
    assertThat(container.sh("ps")).contains("sleep 8888");
  }

  @Test
  void execNeedsACommandThatIsThereAndAContainerThatRuns() {
    TestContainer running = pod.startSleeper("main");
    assertFails(() -> running.exec("/no/such/program"), Code.INVALID_ARGUMENT, "/no/such/program");
    assertFails(running::exec, Code.INVALID_ARGUMENT, "cmd");
    TestContainer created = pod.create(pod.shell("created", "true"));
    assertFails(() -> created.exec("true"), Code.FAILED_PRECONDITION, created.id, "CREATED");
    running.stop(0);
    assertFails(() -> running.exec("true"), Code.FAILED_PRECONDITION, running.id, "EXITED");
  }

  @Test
  void logsAreInTheCrisFormat() {
    TestContainer container = pod.start(pod.shell("main", "echo one; echo two >&2; printf three"));
    container.ended();

    assertThat(container.rawLog())
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ stdout F one"),
            line -> assertThat(line).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ stderr F two"),
            line -> assertThat(line).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ stdout P three"));
  }

  private static void reopen(TestContainer container) {
    node.runtime()
        .reopenContainerLog(
            ReopenContainerLogRequest.newBuilder().setContainerId(container.id).build());
  }

  @Test
  void aRotatedLogIsOpenedAnewBeforeTheAnswer() throws IOException {
    TestContainer container =
        pod.start(pod.shell("main", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done"));
    container.awaitLine("1");
    Path old = container.log().resolveSibling("main.log.1");
    Files.move(container.log(), old);

    reopen(container);

    assertThat(container.log()).exists();
    await().atMost(PATIENCE).until(() -> container.logLines().size() > 2);
    int last = Integer.parseInt(line(old, -1));
    assertThat(Integer.parseInt(line(container.log(), 0))).isEqualTo(last + 1);
  }

  private static String line(Path log, int index) throws IOException {
    var lines = Files.readAllLines(log);
    String line = lines.get(index < 0 ? lines.size() + index : index);
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  @Test
  void aLogWhoseDirectoryIsGoneIsNotReopened() throws IOException {
    TestContainer container = pod.startSleeper("main");
    Path away = pod.logDirectory().resolveSibling("away");
    Files.move(pod.logDirectory(), away);

    assertFails(() -> reopen(container), Code.INVALID_ARGUMENT, pod.logDirectory().toString());

    Files.move(away, pod.logDirectory());
    assertThat(container.sh("echo alive")).isEqualTo("alive");
  }

  @Test
  void theLogOfAContainerThatDoesNotRunIsNotReopened() {
    TestContainer container = pod.create(pod.shell("main", "true"));

    assertFails(() -> reopen(container), Code.FAILED_PRECONDITION, container.id);
  }

  @Test
  void statisticsArePlausible() {
    var config =
        pod.shell(
            "main",
            "x=$(head -c 8000000 /dev/zero | tr '\\0' x); head -c 4000000 /dev/zero > /big;"
                + " echo ready; while :; do :; done");
    Edit.resources(config, resources -> resources.setMemoryLimitInBytes(64L * MEBI));
    config.putLabels("app", "busy");
    TestContainer busy = pod.start(config);
    TestContainer ended = pod.start(pod.shell("ended", "exit 0"));
    busy.awaitLine("ready");
    ended.ended();

    ContainerStats stats = stats(busy);
    assertThat(stats.getAttributes().getId()).isEqualTo(busy.id);
    assertThat(stats.getAttributes().getMetadata()).isEqualTo(busy.config.getMetadata());
    assertThat(stats.getAttributes().getLabelsMap()).containsEntry("app", "busy");
    assertThat(stats.getCpu().getTimestamp()).isPositive();
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isBetween(8_000_000L, 64L * MEBI);
    assertThat(stats.getMemory().getUsageBytes().getValue())
        .isGreaterThanOrEqualTo(stats.getMemory().getWorkingSetBytes().getValue());
    assertThat(stats.getMemory().getRssBytes().getValue()).isGreaterThan(8_000_000L);
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isLessThan(56L * MEBI);
    await()
        .atMost(PATIENCE)
        .until(() -> stats(busy).getCpu().getUsageNanoCores().getValue() > 10_000_000L);
    await()
        .atMost(PATIENCE)
        .until(() -> stats(busy).getWritableLayer().getUsedBytes().getValue() >= 4_000_000L);
    assertThat(stats(busy).getWritableLayer().getInodesUsed().getValue()).isPositive();
    assertThat(stats(busy).getWritableLayer().getFsId().getMountpoint())
        .startsWith(node.config.root().toString());
    assertThat(stats(ended).getAttributes().getId()).isEqualTo(ended.id);

    var listed =
        node.runtime()
            .listContainerStats(
                ListContainerStatsRequest.newBuilder()
                    .setFilter(ContainerStatsFilter.newBuilder().setPodSandboxId(pod.id))
                    .build())
            .getStatsList();
    assertThat(listed).extracting(one -> one.getAttributes().getId()).containsExactly(busy.id);
  }

  private static ContainerStats stats(TestContainer container) {
    return node.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container.id).build())
        .getStats();
  }

  @Test
  void limitsAreInForce() {
    var config = pod.container("limited", "sleep", "3600");
    Edit.resources(
        config,
        resources ->
            resources
                .setMemoryLimitInBytes(32L * MEBI)
                .setCpuQuota(20000)
                .setCpuPeriod(100000)
                .setCpuShares(512)
                .setCpusetCpus("0"));
    TestContainer container = pod.start(config);

    assertThat(
            container.sh("cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes || cat memory.max"))
        .isEqualTo(String.valueOf(32L * MEBI));
    assertThat(
            container.sh("cd /sys/fs/cgroup; cat cpu/cpu.cfs_quota_us || cut -d ' ' -f 1 cpu.max"))
        .isEqualTo("20000");
    assertThat(container.sh("cd /sys/fs/cgroup; cat cpuset/cpuset.cpus || cat cpuset.cpus"))
        .isEqualTo("0");
    assertThat(container.status().getResources().getLinux())
        .isEqualTo(config.getLinux().getResources());
  }
}
