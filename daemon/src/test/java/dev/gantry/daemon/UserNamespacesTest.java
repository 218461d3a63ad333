package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Device;
import dev.gantry.cri.v1.IDMapping;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.UserNamespace;
import dev.gantry.linux.file.At;
import dev.gantry.linux.mount.IdMappedMount;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.mount.Propagation;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods with a user namespace, under both OCI runtimes of Debian. */
class UserNamespacesTest {
  private static final int HOST = 1_000_000;
  private static final int LENGTH = 65_536;
  private static final IDMapping IDS = ids(0, HOST, LENGTH);
  private static final Path NULL = Path.of("/dev/null");

  private static Node node;

  @BeforeAll
  static void start() {
    node = Node.options().container("cdi_dirs = [\"%s/cdi\"]").eachRuntime().start();
  }

  @AfterAll
  static void close() {
    node.close();
  }

  @AfterEach
  void nothingOfTheHostHasChanged() throws Exception {
    node.removeAllPods();
    assertThat(owner(NULL)).isEqualTo("0:0");
    assertThat(node.leftovers()).isEmpty();
  }

  private static IDMapping ids(int inside, int host, int length) {
    return IDMapping.newBuilder().setContainerId(inside).setHostId(host).setLength(length).build();
  }

  private static TestPod pod(String handler, UserNamespace user) {
    TestPod pod = node.pod("u-" + handler + "-" + TestNames.word());
    pod.handler = handler;
    Edit.namespaces(pod.config, namespaces -> namespaces.setUsernsOptions(user));
    return pod;
  }

  private static TestPod pod(String handler) {
    return pod(handler, mapped(IDS));
  }

  private static UserNamespace mapped(IDMapping... ids) {
    return UserNamespace.newBuilder()
        .setMode(NamespaceMode.POD)
        .addAllUids(List.of(ids))
        .addAllGids(List.of(ids))
        .build();
  }

  private static String owner(Path file) throws IOException {
    Map<String, Object> owner = Files.readAttributes(file, "unix:uid,gid");
    return owner.get("uid") + ":" + owner.get("gid");
  }

  private static Mount.Builder mount(String inside, Path host) {
    return Mount.newBuilder().setContainerPath(inside).setHostPath(host.toString());
  }

  private static int pidOf(TestContainer container) {
    return Integer.parseInt(container.info().replaceAll("(?s).*\"pid\": ?(\\d+).*", "$1"));
  }

  private static String sleeping(String script) {
    return script + "; echo started; exec sleep 3600";
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void rootInsideIsNobodyOutside(String handler) throws Exception {
    TestPod pod = pod(handler).run();
    TestContainer container =
        pod.start(
            pod.shell("a", sleeping("echo out > /dev/stdout; echo err > /dev/stderr; cat; id -u")));
    container.awaitLine("started");
    assertThat(container.logLines()).containsExactlyInAnyOrder("out", "err", "0", "started");
    assertThat(container.sh("cat /proc/self/uid_map /proc/self/gid_map").split("\\s+", -1))
        .containsExactly("0", "1000000", "65536", "0", "1000000", "65536");
    Path outside = Path.of("/proc/" + pidOf(container));
    assertThat(Files.readString(outside.resolve("status"))).contains("Uid:\t" + HOST);
    for (String type : List.of("net", "ipc", "uts", "pid", "mnt")) {
      assertThat(Files.readSymbolicLink(outside.resolve("ns/" + type)))
          .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + type)));
    }
    // The network belongs to the user namespace: its root may change it.
    assertThat(container.exec("sh", "-c", "echo o > /dev/stdout; echo e > /dev/stderr"))
        .satisfies(done -> assertThat(done.getStdout().toStringUtf8()).isEqualTo("o\n"))
        .satisfies(done -> assertThat(done.getStderr().toStringUtf8()).isEqualTo("e\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void filesAreThePodsAndNothingIsCopied(String handler) throws Exception {
    TestPod pod = pod(handler).run();
    TestContainer container = pod.startSleeper("a");
    assertThat(container.sh("stat -c %u:%g / /bin /bin/busybox /etc/passwd /tmp | sort -u"))
        .isEqualTo("0:0");
    container.sh("echo new > /made; echo more >> /etc/passwd; mkdir /dir; chown 7:8 /dir");
    Path upper = node.config.root().resolve("containers").resolve(container.id).resolve("upper");
    assertThat(owner(upper.resolve("made"))).isEqualTo("1000000:1000000");
    assertThat(owner(upper.resolve("etc/passwd"))).isEqualTo("1000000:1000000");
    assertThat(owner(upper.resolve("dir"))).isEqualTo("1000007:1000008");
    try (Stream<Path> written = Files.walk(upper)) {
      assertThat(written.map(p -> upper.relativize(p).toString()))
          .containsExactlyInAnyOrder(
              "",
              "made",
              "dir",
              "etc",
              "etc/passwd",
              "etc/hosts", // mounted on
              "etc/hostname",
              "etc/resolv.conf");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatThePodGetsIsItsRoots(String handler) throws Exception {
    TestPod pod = pod(handler).run();
    TestContainer container = pod.startSleeper("a");
    assertThat(
            container.sh(
                "stat -c %u:%g /etc/hosts /etc/hostname /etc/resolv.conf /dev/shm | sort -u"))
        .isEqualTo("0:0");
    container.sh("echo 192.0.2.1 other >> /etc/hosts; echo x > /dev/shm/x");
    assertThat(container.sh("cat /etc/hosts")).contains(pod.ip()).contains("192.0.2.1 other");
    assertThat(container.sh("hostname")).isEqualTo(pod.config.getMetadata().getName());
    assertThat(container.sh("stat -f -c %T /dev/mqueue /sys /proc")).doesNotContain("overlay");
    assertThat(container.sh("sort /proc/net/dev | grep -c eth0")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void theHostsNullDeviceIsOutOfReach(String handler) {
    TestPod pod = pod(handler).run();
    TestContainer container = pod.startSleeper("a");
    assertThat(container.exec("chmod", "0", "/dev/null").getExitCode()).isNotZero();
    assertThat(container.exec("chown", "1", "/dev/null").getExitCode()).isNotZero();
    container.sh("cat /dev/null; echo x > /dev/null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void volumesAreMapped(String handler) throws Exception {
    Path volume = node.dirs.dir("volume-" + handler);
    Files.writeString(volume.resolve("roots"), "x");
    Path file = Files.writeString(node.dirs.path("file-" + handler), "f");
    IDMapping other = ids(0, HOST + 5, 10);
    TestPod pod = pod(handler).run();
    TestContainer container =
        pod.start(
            pod.container("a", "sleep", "3600")
                .addMounts(mount("/vol", volume).addUidMappings(IDS).addGidMappings(IDS))
                .addMounts(
                    mount("/file", file).setReadonly(true).addUidMappings(IDS).addGidMappings(IDS))
                .addMounts(mount("/other", volume).addUidMappings(other).addGidMappings(other))
                .addMounts(mount("/plain", volume)));
    assertThat(container.sh("stat -c %u:%g /vol/roots /file /other/roots /plain/roots"))
        .isEqualTo("0:0\n0:0\n5:5\n65534:65534");
    container.sh("echo made > /vol/made; chown 3:4 /vol/made");
    assertThat(owner(volume.resolve("made"))).isEqualTo("3:4");
    assertThat(container.exec("sh", "-c", "echo x > /file").getExitCode()).isNotZero();
    assertThat(container.exec("sh", "-c", "echo x > /plain/x").getExitCode()).isNotZero();
  }

  /** A hostPath of /run has some of each kind; crun 1.8.1 leaves out all that is below. */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aMountBelowAVolumeMayBeOneThatCannotBeMapped(String handler) throws Exception {
    TestPod pod = pod(handler).run();
    Path podIds = Path.of("/proc/" + pidOf(pod.startSleeper("ids")) + "/ns/user");
    Path volume = node.dirs.dir("nested-" + handler);
    Mounts.tmpfs(volume, 1 << 20, 0755);
    try {
      Mounts.propagation(volume, Propagation.SHARED, false);
      Files.writeString(volume.resolve("file"), "x");
      Path proc = Files.createDirectory(volume.resolve("proc"));
      Path mapped = Files.createDirectory(volume.resolve("mapped"));
      Mounts.bind(Path.of("/proc"), proc, false);
      volumeIsMapped(pod, "a", volume);
      Mounts.unmount(proc);
      IdMappedMount.bind(node.dirs.dir("below"), mapped, podIds, false, Propagation.PRIVATE);
      volumeIsMapped(pod, "b", volume);
    } finally {
      Mounts.unmountUnder(volume);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void whatTheHostMountsLaterShowsInAVolumeThatAsksForIt(String handler) throws Exception {
    Path volume = node.dirs.dir("later-" + handler);
    Mounts.tmpfs(volume, 1 << 20, 0755);
    try {
      Mounts.propagation(volume, Propagation.SHARED, false);
      Path later = Files.createDirectory(volume.resolve("later"));
      TestPod pod = pod(handler).run();
      TestContainer container =
          pod.start(
              pod.sleeper(
                  mount("/vol", volume)
                      .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
                      .addUidMappings(IDS)
                      .addGidMappings(IDS),
                  mount("/private", volume).addUidMappings(IDS).addGidMappings(IDS)));

      Mounts.tmpfs(later, 1 << 20, 0755);
      Files.writeString(later.resolve("file"), "x");

      assertThat(container.sh("ls /vol/later")).isEqualTo("file");
      assertThat(container.sh("ls /private/later")).isEmpty();
      Mounts.unmount(later);
      assertThat(container.sh("ls /vol/later")).isEmpty();
    } finally {
      Mounts.unmountUnder(volume);
    }
  }

  private static void volumeIsMapped(TestPod pod, String name, Path volume) throws IOException {
    TestContainer container =
        pod.start(
            pod.container(name, "sleep", "3600")
                .addMounts(
                    mount("/vol", volume)
                        .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
                        .addUidMappings(IDS)
                        .addGidMappings(IDS)));
    assertThat(container.sh("stat -c %u:%g /vol /vol/file | sort -u")).isEqualTo("0:0");
  }

  /** runc 1.1.5 forgets the flags of the mount that it makes read-only, which the kernel keeps. */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void readOnlyMountsMayBeOfAFileSystemThatForbidsMore(String handler) throws Exception {
    TestPod pod = pod(handler).run();
    Path hosts = node.config.state().resolve("pods").resolve(pod.id).resolve("hosts");
    Path strict = node.dirs.dir("strict-" + handler);
    Mounts.tmpfs(strict, 1 << 20, 0755);
    try {
      Path file = Files.writeString(strict.resolve("file"), "192.0.2.1 strict");
      Mounts.bind(file, hosts, false);
      ContainerConfig.Builder config =
          pod.container("a", "sleep", "3600")
              .addMounts(mount("/plain", strict).setReadonly(true))
              .addMounts(
                  mount("/mapped", strict)
                      .setReadonly(true)
                      .addUidMappings(IDS)
                      .addGidMappings(IDS))
              .addMounts(mount("/noexec", strict).addMountOptions("noexec"));
      Edit.security(config, security -> security.setReadonlyRootfs(true));
      TestContainer container = pod.start(config);
      for (String mounted : List.of("/plain", "/mapped", "/etc/hosts")) {
        assertThat(container.sh("grep ' " + mounted + " ' /proc/self/mountinfo"))
            .contains(mounted + " ro,nosuid,nodev,noexec");
      }
      assertThat(container.sh("cat /plain/file /mapped/file /noexec/file /etc/hosts"))
          .isEqualTo("192.0.2.1 strict".repeat(4));
      assertThat(container.exec("touch", "/mapped/x").getStderr().toStringUtf8())
          .contains("Read-only file system");
    } finally {
      Mounts.unmount(hosts);
      Mounts.unmount(strict);
    }
  }

  /** Nobody can make a device in a user namespace: the runtimes mount the host's of that name. */
  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aDeviceMayHaveAnotherName(String handler) throws Exception {
    Path control = node.dirs.path("control-" + handler);
    At.mknod(At.CWD, control.toString(), 0020666, At.dev(10, 237));
    At.chmod(At.CWD, control.toString(), 0666);
    Files.writeString(
        node.dirs.dir("cdi").resolve("vendor.yaml"),
        """
        cdiVersion: "0.6.0"
        kind: vendor.com/dev
        devices:
        - name: a
          containerEdits:
            deviceNodes: [{path: /dev/vendor/zero, hostPath: /dev/zero, permissions: rw}]
        - name: none
          containerEdits:
            deviceNodes: [{path: /dev/x, hostPath: /dev/none, type: c, major: 1, minor: 5}]
        """);
    TestPod pod = pod(handler).run();
    TestContainer container =
        pod.start(
            pod.container("a", "sleep", "3600")
                .addDevices(device(Path.of("/dev/zero"), "/dev/mine/zero", "rw"))
                .addDevices(device(control, "/dev/loop-control", "r"))
                .addCDIDevices(CDIDevice.newBuilder().setName("vendor.com/dev=a")));
    assertThat(container.sh("stat -c %t:%T /dev/mine/zero /dev/vendor/zero /dev/loop-control"))
        .isEqualTo("1:5\n1:5\na:ed");
    assertThat(container.sh("head -c 3 /dev/vendor/zero | wc -c")).isEqualTo("3");
    container.sh(": < /dev/loop-control");
    assertThat(container.exec("sh", "-c", ": > /dev/loop-control").getExitCode()).isNotZero();
    assertThatThrownBy(() ->
            pod.create(
                pod.container("b", "true")
                    .addCDIDevices(CDIDevice.newBuilder().setName("vendor.com/dev=none"))))
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining("vendor.com/dev=none: deviceNodes: /dev/none does not exist");
  }

  private static Device.Builder device(Path host, String inside, String permissions) {
    return Device.newBuilder()
        .setHostPath(host.toString())
        .setContainerPath(inside)
        .setPermissions(permissions);
  }

  @Test
  void volumesAreMappedInPodsWithoutAUserNamespaceToo() throws Exception {
    Path volume = node.dirs.dir("volume-plain");
    Files.writeString(volume.resolve("roots"), "x");
    IDMapping up = ids(0, 500, 10);
    TestPod pod = node.pod("plain").run();
    TestContainer container =
        pod.start(
            pod.container("a", "sleep", "3600")
                .addMounts(mount("/vol", volume).addUidMappings(up).addGidMappings(up)));
    assertThat(container.sh("stat -c %u:%g /vol/roots")).isEqualTo("500:500");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aSharedPidNamespaceIsInsideToo(String handler) throws Exception {
    TestPod pod = pod(handler).pid(NamespaceMode.POD).run();
    TestContainer one = pod.startSleeper("a");
    TestContainer two = pod.startSleeper("b");
    assertThat(two.sh("cat /proc/1/comm")).isEqualTo("catatonit");
    assertThat(two.sh("ps")).contains("sleep 3600");
    assertThat(two.exec("ls", "/proc/1/root/").getExitCode()).isNotZero();
    two.exec("kill", "-9", "1");
    assertThat(one.sh("echo alive")).isEqualTo("alive");
    // A namespace smaller than the init's usual user.
    TestPod small = pod(handler, mapped(ids(0, HOST, 1000))).pid(NamespaceMode.POD);
    small.run();
    assertThat(small.startSleeper("a").sh("cat /proc/1/comm")).isEqualTo("catatonit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aTargetsPidNamespaceCanBeJoined(String handler) {
    TestPod pod = pod(handler).run();
    TestContainer one = pod.startSleeper("a");
    ContainerConfig.Builder config = pod.container("b", "sleep", "1800");
    Edit.namespaces(config, n -> n.setPid(NamespaceMode.TARGET).setTargetId(one.id));
    assertThat(pod.start(config).sh("cat /proc/1/cmdline | tr '\\0' ' '")).isEqualTo("sleep 3600");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void usersAndTerminalsWork(String handler) {
    TestPod pod = pod(handler).run();
    ContainerConfig.Builder config =
        pod.shell("a", sleeping("id -u; echo o > /dev/stdout; touch /tmp/mine"));
    Edit.security(
        config, security -> security.setRunAsUser(Int64Value.newBuilder().setValue(1234)));
    TestContainer user = pod.start(config);
    user.awaitLine("started");
    assertThat(user.logLines()).containsExactly("1234", "o", "started");
    assertThat(user.sh("stat -c %u /tmp/mine; echo x > /dev/stdout")).isEqualTo("1234\nx");
    TestContainer terminal =
        pod.start(pod.shell("t", sleeping("tty; stat -c %u:%g $(tty)")).setTty(true));
    terminal.awaitLine("started");
    assertThat(String.join("", terminal.logLines())).contains("0:5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void privilegedIsSoInsideOnly(String handler) {
    TestPod pod = pod(handler);
    Edit.security(pod.config, security -> security.setPrivileged(true));
    pod.run();
    ContainerConfig.Builder config = pod.container("a", "sleep", "3600");
    Edit.security(config, security -> security.setPrivileged(true));
    TestContainer container = pod.start(config);
    container.sh("mkdir /m && mount -t tmpfs none /m && hostname inside");
    assertThat(container.sh("hostname")).isEqualTo("inside");
    assertThat(container.exec("sh", "-c", "echo 1 > /proc/sys/vm/drop_caches").getExitCode())
        .isNotZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void theNodesNetworkCanBeUsed(String handler) throws Exception {
    TestPod pod = pod(handler).hostNetwork().run();
    TestContainer container = pod.startSleeper("a");
    assertThat(container.sh("cat /proc/self/uid_map")).contains("1000000");
    assertThat(container.sh("readlink /proc/self/ns/net"))
        .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    assertThat(container.sh("ls /sys/class/net")).contains("lo");
    // What the node has below /sys, too; the cgroups are mounted over the node's.
    assertThat(container.sh("grep ' /sys' /proc/self/mountinfo | grep -v cgroup").lines())
        .allMatch(mount -> mount.split(" ", -1)[5].startsWith("ro,"));
    assertThat(container.exec("ip", "link", "set", "lo", "down").getExitCode()).isNotZero();
    assertThat(
            node.runtime()
                .status(StatusRequest.getDefaultInstance())
                .getFeatures()
                .getUserNamespacesHostNetwork())
        .isTrue();
  }

  @Test
  void twoPodsOfOneImageHaveIdsOfTheirOwn() throws Exception {
    TestPod first = pod("crun").run();
    TestPod second = pod("runc", mapped(ids(0, 2 * HOST, LENGTH))).run();
    TestContainer one = first.startSleeper("a");
    TestContainer two = second.startSleeper("a");
    assertThat(one.sh("stat -c %u /bin/busybox")).isEqualTo("0");
    assertThat(two.sh("stat -c %u /bin/busybox")).isEqualTo("0");
    assertThat(Files.readString(Path.of("/proc/" + pidOf(two) + "/status")))
        .contains("Uid:\t" + 2 * HOST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void imageVolumesHaveThePodsIds(String handler) {
    TestPod pod = pod(handler).run();
    TestContainer container =
        pod.start(
            pod.container("a", "sleep", "3600")
                .addMounts(image("/image"))
                .addMounts(image("/told").addUidMappings(IDS).addGidMappings(IDS)));
    assertThat(
            container.sh("stat -c %u:%g /image /image/etc/passwd /told /told/etc/passwd | sort -u"))
        .isEqualTo("0:0");
    assertThat(container.sh("cat /told/etc/passwd")).contains("root:");
    refusedImage(pod, ids(0, HOST + 5, 10));
    refusedImage(node.pod("plain-" + handler).handler(handler).run(), IDS);
  }

  private static Mount.Builder image(String inside) {
    return Mount.newBuilder()
        .setContainerPath(inside)
        .setImage(ImageSpec.newBuilder().setImage(Node.BUSYBOX))
        .setReadonly(true);
  }

  private static void refusedImage(TestPod pod, IDMapping ids) {
    assertThatThrownBy(() ->
            pod.create(
                pod.container("b", "true")
                    .addMounts(image("/image").addUidMappings(ids).addGidMappings(ids))))
        .hasMessageContaining("INVALID_ARGUMENT")
        .hasMessageContaining("mounts[/image].uidMappings: an image volume has the ids of its pod");
  }

  @Test
  void theNodesUserNamespaceCanBeAskedFor() {
    UserNamespace node = UserNamespace.newBuilder().setMode(NamespaceMode.NODE).build();
    TestPod pod = pod("crun", node).run();
    assertThat(pod.startSleeper("a").sh("cat /proc/self/uid_map").split("\\s+", -1))
        .containsExactly("0", "0", "4294967295");
  }

  @Test
  void whatTheContractForbidsIsRefused() {
    String field = "userns_options";
    refused(mapped(IDS, ids(70_000, HOST, 10)), field, "exactly one mapping");
    refused(mapped(), field, "exactly one mapping");
    refused(mapped(ids(1, HOST, LENGTH)), field, "container_id 0 is not mapped");
    refused(mapped(ids(0, HOST, 0)), field, "no run of ids");
    refused(mapped(ids(0, -2, LENGTH)), field, "no run of ids");
    refused(mapped(IDS).toBuilder().setGids(0, ids(0, HOST, 9)).build(), field, "same mapping");
    for (NamespaceMode mode : List.of(NamespaceMode.CONTAINER, NamespaceMode.TARGET)) {
      refused(UserNamespace.newBuilder().setMode(mode).build(), field, ".mode is POD or NODE");
    }
    refused(
        mapped(IDS).toBuilder().setMode(NamespaceMode.NODE).build(), field, "takes no mappings");
  }

  private static void refused(UserNamespace user, String... message) {
    assertThatThrownBy(() -> pod("crun", user).run())
        .hasMessageContaining("INVALID_ARGUMENT")
        .hasMessageContainingAll(message);
  }

  @Test
  void whatTheKernelForbidsIsRefused() {
    assertThatThrownBy(
            () -> {
              TestPod pod = pod("crun");
              Edit.namespaces(pod.config, n -> n.setIpc(NamespaceMode.NODE));
              pod.run();
            })
        .hasMessageContaining("IPC");
    assertThatThrownBy(() -> pod("crun").pid(NamespaceMode.NODE).run()).hasMessageContaining("PID");
    TestPod pod = pod("crun").run();
    ContainerConfig.Builder hostPid = pod.container("a", "true");
    Edit.namespaces(hostPid, n -> n.setPid(NamespaceMode.NODE));
    assertThatThrownBy(() -> pod.create(hostPid)).hasMessageContaining("pid NODE");
    ContainerConfig.Builder otherIds = pod.container("a", "true");
    Edit.namespaces(otherIds, n -> n.setUsernsOptions(mapped(ids(0, 2 * HOST, LENGTH))));
    assertThatThrownBy(() -> pod.create(otherIds)).hasMessageContaining("not what the pod has");
    ContainerConfig.Builder unmapped = pod.container("a", "true");
    Edit.security(unmapped, s -> s.setRunAsUser(Int64Value.newBuilder().setValue(70_000)));
    assertThatThrownBy(() -> pod.create(unmapped))
        .hasMessageContaining("user 70000 is not in the pod's user namespace");
    Path volume = node.dirs.dir("volume-refused");
    assertThatThrownBy(() ->
            pod.create(
                pod.container("a", "true")
                    .addMounts(
                        mount("/v", volume)
                            .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL))))
        .hasMessageContaining("mounts[/v].propagation");
    assertThatThrownBy(() ->
            pod.create(
                pod.container("a", "true").addMounts(mount("/v", volume).addUidMappings(IDS))))
        .hasMessageContaining("mounts[/v].uidMappings and .gidMappings go together");
    assertThatThrownBy(() ->
            pod.create(
                pod.container("a", "true")
                    .addMounts(
                        mount("/v", Path.of("/proc/self"))
                            .addUidMappings(IDS)
                            .addGidMappings(IDS))))
        .hasMessageContaining("mounts[/v].uidMappings: map the ids of")
        .hasMessageContaining("of proc: not every file system can do it");
  }

  @Test
  void everyHandlerSaysThatItHasThem() {
    List<RuntimeHandler> handlers =
        node.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList();
    assertThat(handlers)
        .extracting(RuntimeHandler::getName)
        .containsExactlyInAnyOrder("", "crun", "runc");
    assertThat(handlers).allMatch(handler -> handler.getFeatures().getUserNamespaces());
    assertThat(
            node.runtime()
                .status(StatusRequest.getDefaultInstance())
                .getFeatures()
                .getSupplementalGroupsPolicy())
        .isTrue();
  }
}
