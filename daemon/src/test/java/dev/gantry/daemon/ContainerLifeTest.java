package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStateValue;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.Signal;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of containers as their users see it through the CRI. */
class ContainerLifeTest {
  private static final String UNKNOWN = "fedcba9876543210".repeat(4);
  private static final long MEBI = 1 << 20;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;
  private static int pods;

  private TestPod pod;

  @BeforeAll
  static void startNode() {
    node = Node.start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @BeforeEach
  void runPod() {
    // The node's network: these tests have no need for one of their own.
    pod = node.pod("life" + pods++).hostNetwork().run();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  @Test
  void isCreatedStartedEndedAndRemoved() {
    TestContainer container = pod.create(pod.shell("main", "echo hello; exit 0"));
    assertThat(container.id).matches("[0-9a-f]{64}");
    ContainerStatus created = container.status();
    assertThat(created.getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
    assertThat(created.getCreatedAt()).isPositive();
    assertThat(created.getStartedAt()).isZero();
    assertThat(created.getFinishedAt()).isZero();

    container.start();
    ContainerStatus ended = container.ended();

    assertThat(ended.getExitCode()).isZero();
    assertThat(ended.getReason()).isEqualTo("Completed");
    assertThat(ended.getStartedAt()).isGreaterThanOrEqualTo(created.getCreatedAt());
    assertThat(ended.getFinishedAt()).isGreaterThanOrEqualTo(ended.getStartedAt());
    assertThat(container.logLines()).containsExactly("hello");
    container.remove();
    assertFails(container::status, Code.NOT_FOUND, "container", container.id);
    assertThat(pod.logDirectory().resolve("main.log")).exists();
  }

  @Test
  void tellsExitCodeAndReason() {
    TestContainer error = pod.start(pod.shell("error", "exit 7"));

    assertThat(error.ended().getExitCode()).isEqualTo(7);
    assertThat(error.status().getReason()).isEqualTo("Error");
  }

  @Test
  void tellsThatMemoryRanOut() {
    var config = pod.shell("greedy", "x=x; while :; do x=$x$x; done");
    Edit.resources(config, resources -> resources.setMemoryLimitInBytes(16 * MEBI));

    ContainerStatus status = pod.start(config).ended();

    assertThat(status.getReason()).isEqualTo("OOMKilled");
    assertThat(status.getExitCode()).isEqualTo(137);
  }

  @Test
  void stopAsksBySignalAndTheProcessMayTidyUp() {
    TestContainer container =
        pod.start(
            pod.shell(
                "polite",
                "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"));
    container.awaitLine("ready");

    container.stop(60);

    assertThat(container.status().getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(container.status().getExitCode()).isEqualTo(3);
    assertThat(container.logLines()).containsExactly("ready", "bye");
    container.stop(60);
  }

  @Test
  void stopKillsWhatIgnoresItsSignal() {
    TestContainer container =
        pod.start(pod.shell("deaf", "trap '' TERM; echo ready; while :; do sleep 0.05; done"));
    container.awaitLine("ready");

    container.stop(1);

    assertThat(container.status().getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(container.status().getExitCode()).isEqualTo(137);
  }

  @Test
  void stopWithoutGraceKills() {
    TestContainer container = pod.startSleeper("quick");

    container.stop(0);

    assertThat(container.status().getExitCode()).isEqualTo(137);
  }

  @Test
  void stopSendsTheSignalAskedFor() {
    TestContainer container =
        pod.start(
            pod.shell(
                    "signals",
                    "trap 'exit 11' USR1; trap 'exit 12' TERM; echo ready;"
                        + " while :; do sleep 0.05; done")
                .setStopSignal(Signal.SIGNAL_SIGUSR1));
    container.awaitLine("ready");
    assertThat(container.status().getStopSignal()).isEqualTo(Signal.SIGNAL_SIGUSR1);

    container.stop(60);

    assertThat(container.status().getExitCode()).isEqualTo(11);
  }

  @Test
  void stopEndsACreatedContainer() {
    TestContainer container = pod.create(pod.shell("unstarted", "exit 0"));

    container.stop(1);

    assertThat(container.state()).isEqualTo(ContainerState.CONTAINER_EXITED);
    container.remove();
  }

  @Test
  void removeEndsWhatRuns() {
    TestContainer container = pod.startSleeper("removed");

    container.remove();

    assertFails(container::status, Code.NOT_FOUND, container.id);
  }

  @Test
  void stopAndRemoveOfUnknownsSucceed() {
    node.runtime().stopContainer(StopContainerRequest.newBuilder().setContainerId(UNKNOWN).build());
    node.runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(UNKNOWN).build());
  }

  @Test
  void startIsIdempotentWhileItRunsAndRefusedAfterwards() {
    TestContainer container = pod.startSleeper("once");
    container.start();
    container.stop(0);

    assertFails(container::start, Code.FAILED_PRECONDITION, "once", "starts once");
  }

  @Test
  void createAgainIsTheSameContainerUntilItIsStarted() {
    var config = pod.container("same", "sleep", "3600");
    TestContainer container = pod.create(config);

    assertThat(pod.create(config).id).isEqualTo(container.id);

    assertFails(
        () -> pod.create(pod.container("same", "sleep", "1")),
        Code.ALREADY_EXISTS,
        "same",
        container.id,
        "another configuration");
    container.start();
    assertFails(() -> pod.create(config), Code.ALREADY_EXISTS, container.id, "was started");
  }

  @Test
  void anotherAttemptIsAnotherContainer() {
    var config = pod.container("same", "sleep", "3600");
    TestContainer first = pod.start(config);
    config.setMetadata(config.getMetadata().toBuilder().setAttempt(1));

    TestContainer second = pod.create(config);

    assertThat(second.id).isNotEqualTo(first.id);
    assertThat(ids(ContainerFilter.newBuilder())).containsExactly(second.id, first.id);
  }

  @Test
  void listsByIdStatePodAndLabels() {
    TestContainer red = pod.start(pod.container("red", "sleep", "3600").putLabels("colour", "red"));
    TestContainer blue = pod.create(pod.shell("blue", "exit 0").putLabels("colour", "blue"));
    TestPod other = node.pod("other" + pods).hostNetwork().run();
    TestContainer elsewhere = other.create(other.shell("green", "exit 0"));

    assertThat(ids(ContainerFilter.newBuilder())).containsExactly(elsewhere.id, blue.id, red.id);
    assertThat(ids(ContainerFilter.newBuilder().setId(red.id.substring(0, 12))))
        .containsExactly(red.id);
    assertThat(ids(ContainerFilter.newBuilder().setPodSandboxId(pod.id)))
        .containsExactly(blue.id, red.id);
    assertThat(ids(ContainerFilter.newBuilder().putLabelSelector("colour", "blue")))
        .containsExactly(blue.id);
    assertThat(
            ids(
                ContainerFilter.newBuilder()
                    .setState(
                        ContainerStateValue.newBuilder()
                            .setState(ContainerState.CONTAINER_RUNNING))))
        .containsExactly(red.id);
    Container line = list(ContainerFilter.newBuilder().setId(red.id)).getFirst();
    assertThat(line.getMetadata()).isEqualTo(red.config.getMetadata());
    assertThat(line.getPodSandboxId()).isEqualTo(pod.id);
    assertThat(line.getImage().getImage()).isEqualTo(Node.BUSYBOX);
    assertThat(line.getImageRef()).startsWith("sha256:");
  }

  private static List<Container> list(ContainerFilter.Builder filter) {
    return node.runtime()
        .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
        .getContainersList();
  }

  private static List<String> ids(ContainerFilter.Builder filter) {
    return list(filter).stream().map(Container::getId).toList();
  }

  @Test
  void runsWithCommandArgsEnvironmentDirectoryAndUserOfRequestAndImage() {
    var config =
        pod.container("process", "sh", "-c", "echo $0 $1 $FROM_REQUEST; pwd; id -u; id -g; id -G")
            .addArgs("a")
            .addArgs("b")
            .setWorkingDir("/var/tmp")
            .addEnvs(TestPod.variable("FROM_REQUEST", "yes"));
    Edit.security(
        config,
        security ->
            security
                .setRunAsUser(Int64Value.newBuilder().setValue(33))
                .setRunAsGroup(Int64Value.newBuilder().setValue(4242))
                .addSupplementalGroups(4343));

    TestContainer container = pod.start(config);
    container.ended();

    assertThat(container.logLines())
        .containsExactly("a b yes", "/var/tmp", "33", "4242", "4242 4 4343");
    assertThat(container.status().getUser().getLinux().getUid()).isEqualTo(33);
    assertThat(container.status().getUser().getLinux().getGid()).isEqualTo(4242);
  }

  @Test
  void aWorkingDirectoryThatIsMissingIsMade() {
    TestContainer container = pod.start(pod.shell("cwd", "pwd").setWorkingDir("/made/for/it"));

    assertThat(container.ended().getExitCode()).isZero();
    assertThat(container.logLines()).containsExactly("/made/for/it");
  }

  @Test
  void isConfined() {
    var config = pod.container("confined", "sleep", "3600");
    Edit.security(
        config,
        security ->
            security
                .addMaskedPaths("/proc/keys")
                .addReadonlyPaths("/proc/sys")
                .setSeccomp(
                    SecurityProfile.newBuilder()
                        .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)));
    TestContainer container = pod.start(config);

    assertThat(container.sh("grep Seccomp: /proc/self/status")).endsWith("2");
    assertThat(container.sh("cat /proc/keys")).isEmpty();
    assertThat(container.sh("echo 1 > /proc/sys/kernel/printk || echo refused"))
        .isEqualTo("refused");
    assertThat(container.sh("mknod /tmp/m b 8 0 && cat /tmp/m || echo refused"))
        .isEqualTo("refused");
  }

  @Test
  void aCommandThatIsNotInTheImageIsAnError() {
    assertFails(
        () -> {
          TestContainer container = pod.create(pod.container("missing", "/no/such/program"));
          container.start();
        },
        Code.INVALID_ARGUMENT,
        "/no/such/program");
  }

  @Test
  void whatCannotBeStartedHasEndedWithStartError() throws IOException {
    TestContainer container = pod.create(pod.container("unstartable", "sleep", "3600"));
    // The OCI runtime has lost what it starts a container by.
    Files.delete(
        node.config.state().resolve("runtimes/crun").resolve(container.id).resolve("exec.fifo"));

    assertFails(container::start, Code.INTERNAL, "start container", container.id);

    ContainerStatus status = container.ended();
    assertThat(status.getReason()).isEqualTo("StartError");
    assertThat(status.getExitCode()).isEqualTo(128);
    assertThat(status.getMessage()).contains(container.id);
    assertFails(container::start, Code.FAILED_PRECONDITION, "StartError");
  }

  @Test
  void aCommandThatVanishesBeforeTheStartIsAnError() throws IOException {
    Path tools = node.dirs.dir("tools" + pods);
    Path tool = Files.copy(Path.of("/usr/bin/busybox"), tools.resolve("tool"));
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    TestContainer container =
        pod.create(
            pod.container("vanishing", "/tools/tool", "true")
                .addMounts(
                    Mount.newBuilder().setContainerPath("/tools").setHostPath(tools.toString())));
    Files.delete(tool);

    container.start();

    assertThat(container.ended().getReason()).isEqualTo("Error");
    assertThat(container.status().getExitCode()).isNotZero();
  }

  @Test
  void duplicatesAtTheSameTimeJoin() throws Exception {
    var config = pod.container("joined", "sleep", "3600");
    var ids = new HashSet<String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> calls =
          Stream.generate(() -> threads.submit(() -> pod.create(config).id)).limit(6).toList();
      for (Future<String> call : calls) {
        ids.add(call.get());
      }
    }

    assertThat(ids(ContainerFilter.newBuilder())).containsExactlyElementsOf(ids);
  }
}
