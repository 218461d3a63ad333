package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.CheckpointContainerRequest;
import dev.gantry.cri.v1.CheckpointPodRequest;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.RestorePodRequest;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.UpdateRuntimeConfigRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How a daemon starts, what it says of itself, and what of the CRI it does not serve. */
class StartTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() {
    node =
        Node.options()
            .runtimes(
                """
                [runtimes.crun]
                path = "crun"
                allowed_annotations = ["allowed.example/one", "io.example.*"]
                [runtimes.runc]
                path = "runc"
                [runtimes.broken]
                path = "/bin/false"
                [runtimes.missing]
                path = "/no/such/runtime"
                """)
            .start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @Test
  void versionAndStatus() {
    VersionResponse version = node.runtime().version(VersionRequest.getDefaultInstance());
    assertThat(version.getRuntimeName()).isEqualTo("gantry");
    assertThat(version.getRuntimeApiVersion()).isEqualTo("v1");
    assertThat(version.getRuntimeVersion()).isNotEmpty();
    assertThat(version.getVersion()).isEqualTo("0.1.0");

    StatusResponse status =
        node.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
    assertThat(status.getStatus().getConditionsList())
        .extracting(condition -> condition.getType() + " " + condition.getStatus())
        .containsExactly(
            "RuntimeReady true",
            "NetworkReady true",
            "HandlersReady false",
            "PodNetworksReady true");
    assertThat(status.getStatus().getConditions(2).getMessage())
        .contains("missing=/no/such/runtime not found")
        .contains("broken=");
    assertThat(status.getRuntimeHandlersList())
        .extracting(handler -> handler.getName())
        .containsExactly("", "crun", "runc");
    assertThat(status.getInfoOrThrow("config"))
        .contains(node.config.root().toString())
        .contains("/no/such/runtime");
    assertThat(node.runtime().runtimeConfig(RuntimeConfigRequest.getDefaultInstance()).hasLinux())
        .isTrue();
    node.runtime().updateRuntimeConfig(UpdateRuntimeConfigRequest.getDefaultInstance());
  }

  @Test
  void whatIsNotServedNamesItself() {
    var runtime = node.runtime();
    assertFails(
        () -> runtime.checkpointContainer(CheckpointContainerRequest.getDefaultInstance()),
        Code.UNIMPLEMENTED,
        "runtime.v1.RuntimeService/CheckpointContainer");
    assertFails(
        () -> runtime.checkpointPod(CheckpointPodRequest.getDefaultInstance()),
        Code.UNIMPLEMENTED,
        "RuntimeService/CheckpointPod");
    assertFails(
        () -> runtime.restorePod(RestorePodRequest.getDefaultInstance()),
        Code.UNIMPLEMENTED,
        "RuntimeService/RestorePod");
    assertFails(
        () -> runtime.containerStats(ContainerStatsRequest.getDefaultInstance()),
        Code.INVALID_ARGUMENT,
        "container");
  }

  @Test
  void handlersThatDoNotWorkSayWhy() {
    TestPod missing = node.pod("missing");
    missing.handler = "missing";
    assertFails(missing::run, Code.FAILED_PRECONDITION, "missing", "/no/such/runtime");
    TestPod broken = node.pod("broken");
    broken.handler = "broken";
    assertFails(broken::run, Code.FAILED_PRECONDITION, "broken", "/bin/false");
  }

  @Test
  void aPodRunsWithTheHandlerItNames() {
    TestPod pod = node.pod("handler").hostNetwork();
    pod.handler = "runc";
    pod.run();
    assertThat(pod.status().getRuntimeHandler()).isEqualTo("runc");
    assertThat(pod.startSleeper("main").info()).contains("\"handler\":\"runc\"");
    pod.remove();
  }

  @Test
  void onlyAllowedAnnotationsReachTheRuntime() throws IOException {
    TestPod pod = node.pod("annotations").hostNetwork();
    pod.config
        .putAnnotations("run.oci.keep_original_groups", "1")
        .putAnnotations("allowed.example/one", "pod")
        .putAnnotations("not.allowed", "x");
    pod.run();
    TestContainer container =
        pod.create(
            pod.shell("main", "true")
                .putAnnotations("run.oci.hooks.stdout", "/tmp/owned")
                .putAnnotations("org.systemd.property.X", "x")
                .putAnnotations("io.example.any", "container")
                .putAnnotations("neither", "x"));

    String spec =
        Files.readString(
            node.config.state().resolve("containers").resolve(container.id).resolve("config.json"));

    assertThat(spec)
        .contains("\"allowed.example/one\":\"pod\"", "\"io.example.any\":\"container\"")
        .doesNotContain("keep_original_groups", "hooks.stdout", "org.systemd", "neither")
        .doesNotContain("not.allowed");
    // What the CRI keeps, it keeps whole.
    assertThat(container.status().getAnnotationsMap()).hasSize(4);
    pod.remove();
  }

  @Test
  void aSecondDaemonOnTheRootRefusesAndNamesTheFirst() {
    assertThatThrownBy(() -> Daemon.start(node.config))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(node.config.root().toString())
        .hasMessageContaining("pid " + ProcessHandle.current().pid())
        .hasMessageContaining(node.config.socket().toString());
    assertThat(
            node.runtime()
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .version(VersionRequest.getDefaultInstance())
                .getRuntimeName())
        .isEqualTo("gantry");
  }

  @Test
  void directoriesAreClosedToOthers() throws IOException {
    assertThat(mode("root", "")).isEqualTo("rwx--x--x");
    assertThat(mode("root", "pods")).isEqualTo("rwx------");
    assertThat(mode("root", "containers")).isEqualTo("rwx--x--x");
    assertThat(mode("state", "pods")).isEqualTo("rwx--x--x");
    assertThat(mode("state", "containers")).isEqualTo("rwx--x--x");
  }

  private static String mode(String top, String below) throws IOException {
    var dir = top.equals("root") ? node.config.root() : node.config.state();
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(below)));
  }

  /** The machine was too busy at start, or somebody installs what was missing: no restart. */
  @Test
  void aHandlerThatDidNotWorkIsTriedAgain(@TempDir Path dir) throws IOException {
    Path program = dir.resolve("later");
    try (Node later =
        Node.options().runtimes("[runtimes.later]\npath = \"" + program + "\"\n").start()) {
      TestPod pod = later.pod("pod").hostNetwork();
      pod.handler = "later";
      assertFails(pod::run, Code.FAILED_PRECONDITION, program + " not found");
      assertThat(readiness(later)).isEqualTo("RuntimeReady false");

      Files.copy(Path.of("/usr/bin/crun"), program);

      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> readiness(later).equals("RuntimeReady true"));
      pod.run();
      assertThat(pod.start(pod.shell("main", "exit 3")).ended().getExitCode()).isEqualTo(3);
      assertThat(later.pod("default").hostNetwork().run().status().getRuntimeHandler()).isEmpty();
    }
  }

  private static String readiness(Node node) {
    var condition =
        node.runtime().status(StatusRequest.getDefaultInstance()).getStatus().getConditions(0);
    return condition.getType() + " " + condition.getStatus();
  }
}
