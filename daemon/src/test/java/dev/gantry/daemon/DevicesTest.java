package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Device;
import dev.gantry.linux.file.At;
import dev.gantry.linux.process.Spawn;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Devices of the host and of CDI files, with each OCI runtime. */
class DevicesTest {
  private static final int CHARACTER = 0020000;
  private static final String[] ALLOWED = {"cdi.k8s.io/*"};

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);
  private final Path dir = node.dirs.dir("devices");
  private final Path cdi = node.dirs.dir("cdi-static");
  private final Path dynamic = node.dirs.dir("cdi-dynamic");

  @BeforeAll
  static void startNode() {
    shared =
        Node.options()
            .container("cdi_dirs = [\"%s/cdi-static\", \"%s/cdi-dynamic\"]")
            .runtimes(
                """
                [runtimes.crun]
                path = "crun"
                [runtimes.runc]
                path = "runc"
                allowed_annotations = ["%s"]
                """
                    .formatted(ALLOWED[0]))
            .start();
  }

  @AfterAll
  static void stopNode() {
    if (shared != null) {
      shared.close();
    }
  }

  /** A device that every container has, and one that none has: loop-control. */
  @BeforeEach
  void makeNodes() throws IOException {
    Path below = Files.createDirectories(dir.resolve("below"));
    if (!Files.exists(dir.resolve("null"))) {
      At.mknod(At.CWD, dir.resolve("null").toString(), CHARACTER | 0640, At.dev(1, 3));
      At.mknod(At.CWD, below.resolve("control").toString(), CHARACTER | 0666, At.dev(10, 237));
      Files.createSymbolicLink(dir.resolve("link"), dir.resolve("null"));
      Files.writeString(dir.resolve("file"), "no device");
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    node.removeAllPods();
    for (Path directory : List.of(cdi, dynamic)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
    assertThat(node.leftovers()).isEmpty();
  }

  private TestPod pod(String runtime) {
    TestPod pod = node.pod("devices-" + runtime).hostNetwork();
    pod.handler = runtime;
    return pod.run();
  }

  private static Device.Builder device(Path host, String inside, String permissions) {
    return Device.newBuilder()
        .setHostPath(host.toString())
        .setContainerPath(inside)
        .setPermissions(permissions);
  }

  private static ContainerConfig.Builder with(TestPod pod, Device.Builder... devices) {
    var config = pod.container("main", "sleep", "3600");
    List.of(devices).forEach(config::addDevices);
    return config;
  }

  @WithEachRuntime
  void devicesAreMadeWithTheAccessAskedFor(String runtime) {
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(
            with(
                pod,
                device(dir.resolve("link"), "/dev/linked", "rw"),
                device(dir.resolve("below/control"), "/dev/reader", "r")));

    assertThat(container.sh("stat -c '%F %t:%T %a' /dev/linked"))
        .isEqualTo("character special file 1:3 640");
    container.sh("echo x > /dev/linked && cat /dev/linked");
    container.sh(": < /dev/reader");
    assertThat(container.exec("sh", "-c", ": > /dev/reader").getExitCode()).isNotZero();
  }

  @WithEachRuntime
  void aDirectoryOfDevicesIsTakenWhole(String runtime) throws IOException {
    Files.delete(dir.resolve("file"));
    TestPod pod = pod(runtime);
    TestContainer container = pod.start(with(pod, device(dir, "/dev/many", "rw")));
    Files.writeString(dir.resolve("file"), "no device");

    assertThat(container.sh("find /dev/many -type c | sort"))
        .isEqualTo("/dev/many/below/control\n/dev/many/null");
  }

  @Test
  void whatIsNoDeviceIsRefused() {
    TestPod pod = pod("crun");
    for (var wrong :
        List.of(
            device(dir.resolve("none"), "/dev/x", "rw"),
            device(dir.resolve("file"), "/dev/x", "rw"))) {
      assertFails(
          () -> pod.create(with(pod, wrong)),
          Code.INVALID_ARGUMENT,
          "devices",
          wrong.getHostPath());
    }
    assertFails(
        () -> pod.create(with(pod, device(dir.resolve("null"), "/dev/x", "rx"))),
        Code.INVALID_ARGUMENT,
        "permissions");
    assertFails(
        () -> pod.create(with(pod, device(dir.resolve("null"), "dev/x", "rw"))),
        Code.INVALID_ARGUMENT,
        "container_path");
  }

  @WithEachRuntime
  void aPrivilegedContainerHasAllDevicesOfTheNode(String runtime) throws IOException {
    TestPod pod = node.pod("privileged-" + runtime).hostNetwork();
    pod.handler = runtime;
    Edit.security(pod.config, security -> security.setPrivileged(true));
    pod.run();
    var config = with(pod, device(dir.resolve("null"), "/dev/extra", "rwm"));
    Edit.security(config, security -> security.setPrivileged(true));
    TestContainer container = pod.start(config);

    List<String> blocks = blockDevices();
    assertThat(container.sh("find /dev -maxdepth 1 -type b | sort").lines())
        .containsExactlyElementsOf(blocks);
    container.sh("test -c /dev/extra");
    for (String device : blocks) {
      // Loop devices come and go with others' tests.
      if (!device.startsWith("/dev/loop")) {
        String read = "head -c 512 " + device + " | sha256sum";
        assertThat(container.sh(read)).isEqualTo(onHost(read));
      }
    }
    // It has its own terminals and its pod's shared memory.
    assertThat(container.sh("grep -c ' /dev/shm ' /proc/self/mountinfo")).isEqualTo("1");
  }

  private static List<String> blockDevices() throws IOException {
    try (Stream<Path> devices = Files.list(Path.of("/dev"))) {
      return devices.filter(DevicesTest::isBlockDevice).map(Path::toString).sorted().toList();
    }
  }

  private static String onHost(String script) throws IOException {
    return new String(
            Spawn.of("sh", "-c", script)
                .env("PATH", System.getenv("PATH"))
                .run(Duration.ofSeconds(60), 1 << 16)
                .stdout(),
            UTF_8)
        .strip();
  }

  private static boolean isBlockDevice(Path path) {
    try {
      return !Files.isSymbolicLink(path)
          && ((int) Files.getAttribute(path, "unix:mode") & 0170000) == 0060000;
    } catch (IOException e) {
      return false;
    }
  }

  private static ContainerConfig.Builder cdi(TestPod pod, String... names) {
    var config = pod.container("main", "sleep", "3600");
    for (String name : names) {
      config.addCDIDevices(CDIDevice.newBuilder().setName(name));
    }
    return config;
  }

  /**
   * A hook that says where it was called, and whether it sees the container's root. Newer crun
   * escapes slashes in its JSON.
   */
  private Path hook() throws IOException {
    Path hook = dir.resolve("hook");
    Files.writeString(
        hook,
        """
        #!/bin/sh
        bundle=$(grep -o '"bundle": *"[^"]*' | sed 's/.*"//' | tr -d '\\\\')
        [ -e "$bundle/rootfs/bin" ] && root=root
        echo "$1 $WORD $root" >> %s/called
        """
            .formatted(dir));
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.deleteIfExists(dir.resolve("called"));
    return hook;
  }

  @WithEachRuntime
  void aCdiDeviceBringsAllThatItsFileSays(String runtime) throws IOException {
    Path data = Files.createDirectories(dir.resolve("data"));
    Files.writeString(data.resolve("lib"), "library");
    Files.writeString(
        cdi.resolve("vendor.yaml"),
        """
        cdiVersion: "0.6.0"
        kind: vendor.com/gpu
        annotations: {made: "by hand"}
        containerEdits:
          env: [COMMON=1, VENDOR=yes]
          additionalGids: [0, 4711]
        devices:
        - name: "0"
          containerEdits:
            env: [VENDOR=gpu0]
            deviceNodes:
            - path: /dev/gpu0
              hostPath: %1$s/null
              permissions: rw
            - {path: /dev/plain, type: c, major: 1, minor: 5, fileMode: 438, uid: 7, gid: 8}
            mounts:
            - {hostPath: %1$s/data, containerPath: /opt/vendor, options: [ro, nosuid, bind]}
            hooks:
            - hookName: createRuntime
              path: %1$s/hook
              args: [hook, created]
              env: [WORD=first]
            - {hookName: poststart, path: %1$s/hook, args: [hook, started]}
            - {hookName: poststop, path: %1$s/hook, args: [hook, stopped]}
        - name: "1"
          containerEdits: {env: [ONE=1]}
        """
            .formatted(dir));
    hook();
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(cdi(pod, "vendor.com/gpu=0").addEnvs(TestPod.variable("VENDOR", "asked")));

    assertThat(container.sh("echo $COMMON $VENDOR $ONE")).isEqualTo("1 gpu0");
    assertThat(container.sh("id -G")).contains("4711");
    assertThat(container.sh("stat -c '%t:%T %a' /dev/gpu0")).isEqualTo("1:3 640");
    assertThat(container.sh("stat -c '%t:%T %a %u:%g' /dev/plain")).isEqualTo("1:5 666 7:8");
    container.sh("echo x > /dev/gpu0");
    assertThat(container.sh("cat /opt/vendor/lib")).isEqualTo("library");
    assertThat(container.exec("touch", "/opt/vendor/x").getExitCode()).isNotZero();
    assertThat(Files.readAllLines(dir.resolve("called")))
        .containsExactly("created first root", "started  root");
    container.stop(0);
    container.remove();
    assertThat(Files.readAllLines(dir.resolve("called"))).last().isEqualTo("stopped  root");
  }

  @Test
  void laterDirectoriesGoFirstAndFilesAreReadAnew() throws IOException {
    String file =
        """
        {"cdiVersion": "0.5.0", "kind": "vendor.com/net",
         "devices": [{"name": "a", "containerEdits": {"env": ["FROM=%s"]}}]}
        """;
    Files.writeString(cdi.resolve("net.json"), file.formatted("static"));
    TestPod pod = pod("crun");
    TestContainer first = pod.start(cdi(pod, "vendor.com/net=a"));
    assertThat(first.sh("echo $FROM")).isEqualTo("static");
    first.remove();

    Files.writeString(dynamic.resolve("net.json"), file.formatted("dynamic"));
    TestContainer second = pod.start(cdi(pod, "vendor.com/net=a"));
    assertThat(second.sh("echo $FROM")).isEqualTo("dynamic");
    second.remove();

    Files.writeString(dynamic.resolve("again.json"), file.formatted("again"));
    assertFails(
        () -> pod.create(cdi(pod, "vendor.com/net=a")),
        Code.FAILED_PRECONDITION,
        "vendor.com/net=a",
        "again.json",
        "net.json");
  }

  @Test
  void whatIsWrongWithACdiDeviceIsSaid() throws IOException {
    TestPod pod = pod("crun");
    for (String name :
        List.of("", "gpu", "vendor.com/gpu", "/gpu=0", "vendor.com/gpu=", "a/b=c d")) {
      assertFails(
          () -> pod.create(cdi(pod, name)), Code.INVALID_ARGUMENT, "CDI_devices", '"' + name + '"');
    }
    assertFails(
        () -> pod.create(cdi(pod, "vendor.com/gpu=0")),
        Code.FAILED_PRECONDITION,
        "CDI_devices",
        "vendor.com/gpu=0",
        cdi.toString());
    wrong(pod, "deviceNodes: [{path: /dev/no-such-device}]", "/dev/no-such-device");
    wrong(pod, "deviceNodes: [{path: " + dir + "/file}]", "is no device");
    wrong(pod, "deviceNodes: [{path: /dev/null, permissions: rx}]", "permissions");
    wrong(pod, "mounts: [{hostPath: /no/such, containerPath: /x, options: [bind]}]", "/no/such");
    wrong(pod, "hooks: [{hookName: createRuntime, path: /no/hook}]", "/no/hook");
    wrong(pod, "hooks: [{hookName: later, path: /bin/true}]", "hookName later");
    wrong(pod, "netDevices: [{hostInterfaceName: eth9, name: eth0}]", "netDevices");
    wrong(pod, "intelRdt: {closID: x}", "intelRdt");
    wrong(pod, "other: 1", "other is unknown");
    wrong(pod, "env: [NAME]", "NAME");
    wrong(pod, "env: {", "vendor.yaml");
  }

  private void wrong(TestPod pod, String edits, String part) throws IOException {
    Files.writeString(
        cdi.resolve("vendor.yaml"),
        """
        cdiVersion: 0.7.0
        kind: vendor.com/gpu
        devices:
        - name: "0"
          containerEdits:
            %s
        """
            .formatted(edits));
    assertFails(
        () -> pod.create(cdi(pod, "vendor.com/gpu=0")),
        Code.FAILED_PRECONDITION,
        "CDI_devices",
        part);
    assertThat(node.config.state().resolve("containers")).isEmptyDirectory();
  }

  /** As kubelets before 1.28 pass devices on; only a handler that allows the name looks at them. */
  @Test
  void annotationsNameDevicesWhereTheHandlerAllowsIt() throws IOException {
    Files.writeString(
        cdi.resolve("vendor.yaml"),
        """
        cdiVersion: 0.5.0
        kind: vendor.com/gpu
        devices: [{name: "0", containerEdits: {env: [HAS=gpu]}}]
        """);
    for (String runtime : List.of("crun", "runc")) {
      TestPod pod = pod(runtime);
      var config = pod.container("main", "sleep", "3600");
      config.putAnnotations("cdi.k8s.io/plugin", "vendor.com/gpu=0");
      assertThat(pod.start(config).sh("echo $HAS")).isEqualTo(runtime.equals("runc") ? "gpu" : "");
    }
  }
}
