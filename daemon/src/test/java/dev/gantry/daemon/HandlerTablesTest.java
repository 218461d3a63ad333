package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestDirs;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a table {@code [runtimes.<handler>]} says, in the containers of that handler. */
class HandlerTablesTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static final TestDirs DIRS = new TestDirs();
  private static final Path OWN_ROOT = DIRS.path("own-root");
  private static final Path CALLS = DIRS.path("calls");

  private static Node node;

  @BeforeAll
  static void startNode() throws IOException {
    Path base =
        Files.writeString(
            DIRS.path("base.json"),
            """
            {"ociVersion": "1.0.2",
             "process": {
               "cwd": "/nowhere", "user": {"uid": 7, "gid": 7},
               "args": ["never"],
               "env": ["BASE=of the base", "BOTH=of the base"],
               "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 654, "soft": 321}]},
             "mounts": [
               {"destination": "/base", "type": "tmpfs", "source": "base",
                "options": ["nosuid", "size=64k"]},
               {"destination": "/asked", "type": "tmpfs", "source": "base"}],
             "hooks": {"poststart": [{"path": "/bin/sh",
               "args": ["sh", "-c", "echo ran > %s"]}]},
             "annotations": {"base.example/name": "of the base"},
             "linux": {"sysctl": {"kernel.msgmax": "7654"}}}
            """
                .formatted(DIRS.path("hooked")));
    // crun as it is, but for a list of features without recursive read-only mounts.
    Path crun =
        script(
            "crun-without-rro",
            "for a; do if [ \"$a\" = features ]; then echo '{\"mountOptions\":[\"ro\",\"rbind\"]}';"
                + " exit; fi; done; exec crun \"$@\"");
    Path noting = script("crun-noting", "echo \"$@\" >> " + CALLS + "; exec crun \"$@\"");
    node =
        Node.options()
            .defaultRuntime("based")
            .runtimes(
                """
                [runtimes.crun]
                path = "crun"
                [runtimes.based]
                path = "crun"
                base_spec = "%s"
                [runtimes.rooted]
                path = "%s"
                root = "%s"
                options = ["--debug"]
                [runtimes.plain]
                path = "%s"
                """
                    .formatted(base, noting, OWN_ROOT, crun))
            .start(DIRS);
  }

  private static Path script(String name, String body) throws IOException {
    Path file = Files.writeString(DIRS.path(name), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private static TestPod pod(String handler) {
    return node.pod("pod-" + handler).hostNetwork().handler(handler);
  }

  @Test
  void aContainerGetsWhatTheBaseSpecificationHasAndTheRequestDoesNotSay() throws Exception {
    TestPod pod = pod("based").run();
    Path asked = node.dirs.dir("asked");
    var config =
        pod.sleeper(Mount.newBuilder().setContainerPath("/asked").setHostPath(asked.toString()))
            .addEnvs(TestPod.variable("BOTH", "of the request"));
    TestContainer container = pod.start(config);

    assertThat(container.sh("echo $BASE, $BOTH, $PWD")).isEqualTo("of the base, of the request, /");
    assertThat(container.sh("grep 'open files' /proc/1/limits")).containsPattern("321 +654");
    assertThat(container.sh("grep ' /base ' /proc/self/mountinfo"))
        .contains("nosuid", "size=64k", "tmpfs");
    container.sh("touch /asked/file");
    assertThat(asked.resolve("file")).exists();
    assertThat(container.sh("cat /proc/sys/kernel/msgmax")).isEqualTo("7654");
    assertThat(node.dirs.path("hooked")).hasContent("ran");
    assertThat(
            Files.readString(
                node.config
                    .state()
                    .resolve("containers")
                    .resolve(container.id)
                    .resolve("config.json")))
        .contains("\"base.example/name\":\"of the base\"");
  }

  @Test
  void theBaseSpecificationIsItsHandlersAlone() {
    TestContainer other = pod("crun").run().startSleeper("main");
    assertThat(other.sh("echo $BASE; grep -c ' /base ' /proc/self/mountinfo || true"))
        .isEqualTo("0");
  }

  @Test
  void aPodThatNamesNoHandlerGetsTheConfiguredOne() {
    TestPod pod = pod("").run();
    TestContainer container = pod.startSleeper("main");
    assertThat(container.info()).contains("\"handler\":\"based\"");
    assertThat(container.sh("echo $BASE")).isEqualTo("of the base");
  }

  @Test
  void noOtherHandlerStandsInForTheConfiguredOne() {
    try (Node other =
        Node.options()
            .withoutImage()
            .defaultRuntime("missing")
            .runtimes(
                """
                [runtimes.crun]
                path = "crun"
                [runtimes.missing]
                path = "/no/such/runtime"
                """)
            .start()) {
      assertFails(
          other.pod("any").hostNetwork()::run,
          Code.FAILED_PRECONDITION,
          "/no/such/runtime not found");
      TestPod named = other.pod("named").hostNetwork().handler("crun").run();
      assertThat(named.status().getRuntimeHandler()).isEqualTo("crun");
    }
  }

  @Test
  void theStateOfARuntimeIsBelowItsRoot() {
    TestPod pod = pod("rooted").run();
    TestContainer container = pod.startSleeper("main");
    assertThat(OWN_ROOT.resolve(container.id)).isDirectory();
    assertThat(node.config.state().resolve("runtimes/rooted")).doesNotExist();
    container.stop(0);
    container.remove();
    assertThat(OWN_ROOT).isEmptyDirectory();

    TestContainer usual = pod("crun").run().startSleeper("main");
    assertThat(node.config.state().resolve("runtimes/crun").resolve(usual.id)).isDirectory();
  }

  @Test
  void optionsComeBeforeEachCommandOfTheRuntime() throws Exception {
    Files.deleteIfExists(CALLS);
    TestPod pod = pod("rooted").run();
    TestContainer container = pod.startSleeper("main");
    container.update(LinuxContainerResources.newBuilder().setCpuShares(100));
    assertThat(container.exec("true").getExitCode()).isZero();

    List<String> calls =
        Files.readAllLines(CALLS).stream().filter(call -> call.contains(container.id)).toList();
    for (String command : List.of("create", "update", "exec")) {
      assertThat(calls).anyMatch(call -> call.contains(" " + command + " "));
    }
    assertThat(calls).allMatch(call -> call.matches("(--\\S+ )*--debug (--\\S+ )*[a-z]+ .*"));
  }

  @Test
  void recursiveReadOnlyMountsAreRefusedWhereTheRuntimeHasNone() {
    assertThat(node.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList())
        .filteredOn(handler -> handler.getName().equals("plain"))
        .singleElement()
        .extracting(RuntimeHandler::getFeatures)
        .matches(features -> !features.getRecursiveReadOnlyMounts());
    var mount =
        Mount.newBuilder()
            .setContainerPath("/data")
            .setHostPath(node.dirs.dir("data").toString())
            .setReadonly(true);
    TestPod pod = pod("plain").run();
    assertFails(
        () -> pod.create(pod.sleeper(mount.clone().setRecursiveReadOnly(true))),
        Code.UNIMPLEMENTED,
        "mounts.recursive_read_only",
        "runtime handler plain",
        "RROUnsupported");
    assertThat(pod.start(pod.sleeper(mount)).exec("touch", "/data/file").getExitCode()).isNotZero();
  }
}
