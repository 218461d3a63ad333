package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.mount.Propagation;
import dev.gantry.linux.process.Spawn;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mounts of the host's directories and files, with each OCI runtime. */
class MountsTest {
  private static final long MEBI = 1 << 20;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);

  @BeforeAll
  static void startNode() {
    shared =
        Node.options()
            .runtimes(
                """
                [runtimes.crun]
                path = "crun"
                [runtimes.runc]
                path = "runc"
                allowed_annotations = ["io.kubernetes.cri-o.ShmSize"]
                """)
            .start();
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
    Mounts.unmountUnder(node.dirs.dir("host"));
    assertThat(node.leftovers()).isEmpty();
  }

  private TestPod pod(String runtime) {
    return node.pod("mounts-" + runtime).handler(runtime).hostNetwork().run();
  }

  private static Mount.Builder mount(Path source, String target) {
    return Mount.newBuilder().setHostPath(source.toString()).setContainerPath(target);
  }

  @WithEachRuntime
  void mountsPropagateAsAsked(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Mounts.tmpfs(host, MEBI, 0755);
    Mounts.propagation(host, Propagation.SHARED, false);
    TestPod pod = pod(runtime);
    var config =
        pod.sleeper(
            mount(host, "/none"),
            mount(host, "/in").setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER),
            mount(host, "/both").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL));
    TestContainer container = pod.start(config);

    Path late = Files.createDirectory(host.resolve("late"));
    Mounts.tmpfs(late, MEBI, 0755);
    Files.writeString(late.resolve("file"), "seen");

    assertThat(container.sh("cat /in/late/file /both/late/file")).isEqualTo("seenseen");
    assertThat(container.exec("cat", "/none/late/file").getExitCode()).isNotZero();
    assertThat(container.sh("grep ' /in ' /proc/self/mountinfo")).contains("master:");
    assertThat(container.sh("grep ' /both ' /proc/self/mountinfo")).contains("shared:");
  }

  @Test
  void theUppermostOfTheMountsOfASourceIsTheOneThatPropagates() throws IOException {
    Path host = node.dirs.dir("host");
    Mounts.tmpfs(host, MEBI, 0755);
    Mounts.propagation(host, Propagation.PRIVATE, false);
    Mounts.bind(host, host, false);
    Mounts.propagation(host, Propagation.SHARED, false);
    TestPod pod = pod("crun");
    TestContainer container =
        pod.start(
            pod.sleeper(
                mount(host, "/both").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)));
    assertThat(container.sh("grep ' /both ' /proc/self/mountinfo")).contains("shared:");
  }

  @Test
  void aMountPointOfTheNodeWhoseNameIsNoTextIsInNobodysWay() throws IOException {
    Path host = node.dirs.dir("host");
    Mounts.tmpfs(host, MEBI, 0755);
    Mounts.propagation(host, Propagation.SHARED, false);
    TestPod pod = pod("crun");
    shell(host, "mkdir odd\\377; mount -t tmpfs none odd\\377");
    try {
      pod.create(
          pod.sleeper(
              mount(host, "/in").setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)));
    } finally {
      shell(host, "umount odd\\377");
    }
  }

  /** Runs a script whose file names have bytes in octal. */
  private static void shell(Path directory, String script) throws IOException {
    Spawn.Result result =
        Spawn.of("sh", "-c", "cd $0 && eval \"$(printf \"$1\")\"", directory.toString(), script)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run(Duration.ofSeconds(60), 1 << 16);
    assertThat(result.success()).as(result.stderr()).isTrue();
  }

  @WithEachRuntime
  void aMountInAPrivilegedContainerReachesTheHostWhereItMay(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Mounts.tmpfs(host, MEBI, 0755);
    Mounts.propagation(host, Propagation.SHARED, false);
    TestPod pod = node.pod("privileged").hostNetwork();
    pod.handler = runtime;
    Edit.security(pod.config, security -> security.setPrivileged(true));
    pod.run();
    var config =
        pod.sleeper(
            mount(host, "/none"),
            mount(host, "/both").setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL));
    Edit.security(config, security -> security.setPrivileged(true));
    TestContainer container = pod.start(config);

    container.sh("mkdir /both/made && mount -t tmpfs made /both/made && touch /both/made/file");
    container.sh("mkdir /none/own && mount -t tmpfs own /none/own && touch /none/own/file");

    assertThat(host.resolve("made/file")).exists();
    assertThat(host.resolve("own/file")).doesNotExist();
  }

  @WithEachRuntime
  void readOnlyHoldsForTheMountAloneOrForAllBelowIt(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Mounts.tmpfs(Files.createDirectories(host.resolve("below")), MEBI, 0755);
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(
            pod.sleeper(
                mount(host, "/ro").setReadonly(true),
                mount(host, "/rro").setReadonly(true).setRecursiveReadOnly(true)));

    assertThat(container.exec("touch", "/ro/file").getExitCode()).isNotZero();
    assertThat(container.exec("touch", "/ro/below/file").getExitCode()).isZero();
    assertThat(container.exec("touch", "/rro/file").getExitCode()).isNotZero();
    assertThat(container.exec("touch", "/rro/below/file").getExitCode()).isNotZero();
    assertThat(container.status().getMounts(1).getRecursiveReadOnly()).isTrue();
  }

  @Test
  void recursiveReadOnlyIsRefusedWhereItCannotBe() {
    Path host = node.dirs.dir("host");
    TestPod pod = pod("crun");
    assertFails(
        () -> pod.create(pod.sleeper(mount(host, "/m").setRecursiveReadOnly(true))),
        Code.INVALID_ARGUMENT,
        "mounts[/m].recursive_read_only",
        "readonly");
    for (MountPropagation propagation :
        List.of(
            MountPropagation.PROPAGATION_BIDIRECTIONAL,
            MountPropagation.PROPAGATION_HOST_TO_CONTAINER)) {
      assertFails(
          () ->
              pod.create(
                  pod.sleeper(
                      mount(host, "/m")
                          .setReadonly(true)
                          .setRecursiveReadOnly(true)
                          .setPropagation(propagation))),
          Code.INVALID_ARGUMENT,
          "mounts[/m].recursive_read_only",
          "PROPAGATION_PRIVATE");
    }
  }

  @WithEachRuntime
  void optionsHoldForTheMountThatHasThem(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Path program = Files.writeString(host.resolve("program"), "#!/bin/sh\necho ran\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(
            pod.sleeper(
                mount(host, "/plain"),
                mount(host, "/confined")
                    .addMountOptions("noexec")
                    .addMountOptions("nosuid")
                    .addMountOptions("nodev")
                    .addMountOptions("noatime")));

    assertThat(container.sh("/plain/program")).isEqualTo("ran");
    assertThat(container.exec("sh", "-c", "/confined/program").getExitCode()).isEqualTo(126);
    assertThat(container.sh("grep ' /confined ' /proc/self/mountinfo"))
        .contains("noexec", "nosuid", "nodev", "noatime");
    for (String wrong : List.of("ro", "rshared", "size=1g", "noexec,dev", "")) {
      assertFails(
          () -> pod.create(pod.sleeper(mount(host, "/m").addMountOptions(wrong))),
          Code.INVALID_ARGUMENT,
          "mounts[/m].mount_options",
          "\"" + wrong + "\"");
    }
  }

  @WithEachRuntime
  void sourcesAreFollowedOrMadeOrRefused(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Path real = Files.createDirectories(host.resolve("real-" + runtime));
    Files.writeString(real.resolve("file"), "through the link");
    Path link = Files.createSymbolicLink(host.resolve("link-" + runtime), real);
    Path broken = Files.createSymbolicLink(host.resolve("broken-" + runtime), Path.of("/no/such"));
    Path loop = host.resolve("loop-" + runtime);
    Files.createSymbolicLink(loop, loop);
    TestPod pod = pod(runtime);
    TestContainer container =
        pod.start(
            pod.sleeper(
                mount(link, "/link"),
                mount(link.resolve("file"), "/one-file"),
                mount(host.resolve("new-" + runtime + "/dir"), "/new")));

    assertThat(container.sh("cat /link/file /one-file"))
        .isEqualTo("through the linkthrough the link");
    assertThat(host.resolve("new-" + runtime + "/dir")).isDirectory();
    container.sh("touch /new/made");
    assertThat(host.resolve("new-" + runtime + "/dir/made")).exists();
    for (Path wrong : List.of(broken, loop, real.resolve("file/below"))) {
      assertFails(
          () ->
              pod.create(
                  pod.sleeper(mount(wrong, "/m")).setMetadata(pod.shell("x", "").getMetadata())),
          Code.INVALID_ARGUMENT,
          "mounts[/m].host_path",
          wrong.toString());
    }
    assertThat(Path.of("/no/such")).doesNotExist();
  }

  @WithEachRuntime
  void aMountOfTheRequestTakesThePlaceOfAUsualOne(String runtime) throws IOException {
    // As the kubelet does it with an emptyDir of medium Memory.
    Path memory = node.dirs.dir("host");
    Mounts.tmpfs(memory, 3 * MEBI, 01777);
    Files.writeString(memory.resolve("hosts"), "mine");
    TestPod pod = pod(runtime);
    TestContainer usual = pod.start(pod.container("usual", "sleep", "3600"));
    TestContainer container =
        pod.start(
            pod.sleeper(mount(memory, "/dev/shm/"), mount(memory.resolve("hosts"), "/etc/hosts")));

    assertThat(usual.sh("df -k /dev/shm | tail -1")).contains(" 65536 ");
    assertThat(container.sh("df -k /dev/shm | tail -1")).contains(" 3072 ");
    assertThat(container.sh("cat /etc/hosts")).isEqualTo("mine");
    assertThat(container.sh("grep -c ' /dev/shm ' /proc/self/mountinfo")).isEqualTo("1");
  }

  @WithEachRuntime
  void aMountOverEtcLeavesThePodsFiles(String runtime) throws IOException {
    Path etc = node.dirs.dir("host");
    Files.writeString(etc.resolve("hosts"), "of the volume");
    Files.writeString(etc.resolve("passwd"), "of the volume");
    Path mine = Files.writeString(node.dirs.path("mine-" + runtime), "mine");
    TestPod pod = node.pod("etc-" + runtime).handler(runtime);
    pod.config.setHostname("my-host").setDnsConfig(DNSConfig.newBuilder().addServers("10.0.0.10"));
    pod.run();
    TestContainer container =
        pod.start(pod.sleeper(mount(mine, "/etc/resolv.conf"), mount(etc, "/etc")));

    assertThat(container.sh("cat /etc/hostname")).isEqualTo("my-host");
    assertThat(container.sh("cat /etc/hosts")).contains(pod.ip() + "\tmy-host");
    assertThat(container.sh("cat /etc/resolv.conf")).isEqualTo("mine");
    assertThat(container.sh("cat /etc/passwd")).isEqualTo("of the volume");
  }

  @Test
  void aPathThatTheDaemonsLocaleCannotSayIsNamed() {
    String name = "/data/Donn\u00e9es";
    try (Node posix = Node.options().inOwnProcess().locale("C").start()) {
      TestPod pod = posix.pod("locale").hostNetwork().run();
      assertFails(
          () -> pod.create(pod.sleeper(mount(posix.dirs.dir("host"), name))),
          Code.INVALID_ARGUMENT,
          "mounts[" + name + "].container_path",
          "LC_ALL=C.UTF-8");
    }
    try (Node usual = Node.options().inOwnProcess().start()) {
      TestPod pod = usual.pod("locale").hostNetwork().run();
      TestContainer container =
          pod.start(
              pod.sleeper(
                  mount(usual.dirs.dir("host"), name).setHostPath(usual.dirs.dir("host") + name)));
      container.sh("touch '" + name + "/file'");
      assertThat(container.status().getMounts(0).getHostPath()).endsWith(name);
    }
  }

  @Test
  void whatMountsCanDoIsSaid() {
    var status = node.runtime().status(StatusRequest.getDefaultInstance());
    assertThat(status.getFeatures().getMountOptions()).isTrue();
    assertThat(status.getRuntimeHandlersList())
        .hasSize(3)
        .allMatch(handler -> handler.getFeatures().getRecursiveReadOnlyMounts());
  }

  /** As the kubelet mounts an emptyDir of medium HugePages. */
  @WithEachRuntime
  void hugePagesAreMounted(String runtime) throws IOException {
    Path host = node.dirs.dir("host");
    Spawn.Result mounted =
        Spawn.of("mount", "-t", "hugetlbfs", "-o", "pagesize=2M", "none", host.toString())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .run(Duration.ofSeconds(60), 1 << 16);
    assertThat(mounted.success()).isTrue();
    TestPod pod = pod(runtime);
    TestContainer container = pod.start(pod.sleeper(mount(host, "/hugepages")));

    assertThat(container.sh("grep ' /hugepages ' /proc/self/mountinfo"))
        .contains("hugetlbfs", "pagesize=2M");
    container.sh("touch /hugepages/file");
  }

  @Test
  void sharedMemoryHasTheSizeOfAnAnnotationThatTheHandlerAllows() {
    for (String runtime : List.of("crun", "runc")) {
      TestPod pod = node.pod("shm-" + runtime).hostNetwork();
      pod.handler = runtime;
      pod.config.putAnnotations("io.kubernetes.cri-o.ShmSize", "8Mi");
      pod.run();
      TestContainer container = pod.startSleeper("main");
      assertThat(container.sh("df -k /dev/shm | tail -1"))
          .contains(runtime.equals("runc") ? " 8192 " : " 65536 ");
    }
    TestPod wrong = node.pod("shm").hostNetwork();
    wrong.handler = "runc";
    wrong.config.putAnnotations("io.kubernetes.cri-o.ShmSize", "much");
    assertFails(wrong::run, Code.INVALID_ARGUMENT, "io.kubernetes.cri-o.ShmSize", "much");
  }
}
