package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.process.Spawn;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestNames;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods whose cgroups systemd makes, on machines where it runs with cgroup version 2. */
class SystemdCgroupsTest {
  private static final long MEBI = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);
  private final String slice = TestNames.word().replace("-", "_") + "-pod1.slice";
  private final String parent = slice.replace("-pod1", "");

  @BeforeAll
  static void startNode() throws IOException {
    assumeTrue(
        CgroupHost.detect().mode() == CgroupMode.V2
            && Files.isDirectory(Path.of("/run/systemd/system")));
    shared = Node.options().systemdCgroups().eachRuntime().start();
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
    await().atMost(PATIENCE).until(() -> systemctl("list-units", "gantry-*.scope").isEmpty());
    var _ = systemctl("stop", slice, parent);
  }

  private static String systemctl(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("systemctl", "--plain", "--no-legend"));
    command.addAll(List.of(arguments));
    Spawn.Result result = Spawn.of(command).run(PATIENCE, 1 << 20);
    return new String(result.stdout(), StandardCharsets.UTF_8).strip();
  }

  private TestPod pod(String runtime) {
    TestPod pod = node.pod("systemd-" + runtime).handler(runtime).hostNetwork();
    Edit.linux(pod.config, linux -> linux.setCgroupParent(slice));
    return pod;
  }

  private Path scope(TestContainer container) {
    return ROOT.resolve(parent).resolve(slice).resolve("gantry-" + container.id + ".scope");
  }

  private static ContainerConfig.Builder limited(TestPod pod) {
    ContainerConfig.Builder config = pod.container("main", "sleep", "3600");
    Edit.resources(
        config,
        r ->
            r.setMemoryLimitInBytes(64 * MEBI)
                .setMemorySwapLimitInBytes(96 * MEBI)
                .setCpuQuota(50_000)
                .setCpuPeriod(100_000));
    return config;
  }

  private static String inside(TestContainer container, String file) {
    return container.sh("cat /sys/fs/cgroup/" + file);
  }

  @WithEachRuntime
  void limitsAreInForceAndToldAndStayWhenSystemdReloads(String runtime) throws Exception {
    TestPod pod = pod(runtime).run();
    TestContainer container = pod.start(limited(pod));
    assertThat(scope(container)).isDirectory();
    assertThat(Files.readString(scope(container).resolve("pids.max")).strip()).isEqualTo("max");
    assertThat(inside(container, "memory.max")).isEqualTo("" + 64 * MEBI);
    assertThat(inside(container, "memory.swap.max")).isEqualTo("" + 32 * MEBI);
    assertThat(inside(container, "cpu.max")).isEqualTo("50000 100000");

    ContainerStats stats = stats(container);
    assertThat(stats.getMemory().getAvailableBytes().getValue())
        .isEqualTo(64 * MEBI - stats.getMemory().getWorkingSetBytes().getValue());
    assertThat(stats.getSwap().getSwapAvailableBytes().getValue()).isEqualTo(32 * MEBI);

    container.update(LinuxContainerResources.newBuilder().setCpuQuota(-1).setCpuPeriod(100_000));
    assertThat(inside(container, "cpu.max")).startsWith("max ");
    assertThat(Files.readString(scope(container).resolve("cpu.max"))).startsWith("max ");
    var _ = systemctl("daemon-reload");
    assertThat(inside(container, "cpu.max")).startsWith("max ");
    assertThat(Files.readString(scope(container).resolve("cpu.max"))).startsWith("max ");
    assertThat(inside(container, "memory.max")).isEqualTo("" + 64 * MEBI);
  }

  @WithEachRuntime
  void whoMayNotSwapMayNotWhenSystemdReloads(String runtime) throws Exception {
    TestPod pod = pod(runtime).run();
    ContainerConfig.Builder config = pod.container("never", "sleep", "3600");
    Edit.resources(
        config, r -> r.setMemoryLimitInBytes(64 * MEBI).setMemorySwapLimitInBytes(64 * MEBI));
    TestContainer never = pod.start(config);
    TestContainer noMore = pod.start(limited(pod));
    noMore.update(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(48 * MEBI));
    var _ = systemctl("daemon-reload");
    assertThat(inside(never, "memory.swap.max")).isEqualTo("0");
    assertThat(inside(noMore, "memory.swap.max")).isEqualTo("0");
    assertThat(inside(noMore, "memory.max")).isEqualTo("" + 48 * MEBI);
    never.update(
        LinuxContainerResources.newBuilder()
            .setMemoryLimitInBytes(64 * MEBI)
            .setMemorySwapLimitInBytes(80 * MEBI));
    var _ = systemctl("daemon-reload");
    assertThat(inside(never, "memory.swap.max")).isEqualTo("" + 16 * MEBI);
  }

  private ContainerStats stats(TestContainer container) {
    return node.runtime()
        .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container.id).build())
        .getStats();
  }

  /** The kernel has only one set of options for all mounts of the node's hierarchy. */
  @WithEachRuntime
  void aPrivilegedContainerSeesTheNodesCgroupsAndLeavesTheirOptionsAlone(String runtime)
      throws Exception {
    List<String> before = mounts();
    TestPod pod = pod(runtime);
    Edit.linux(
        pod.config,
        linux ->
            linux.setSecurityContext(linux.getSecurityContext().toBuilder().setPrivileged(true)));
    pod.run();
    ContainerConfig.Builder config = pod.container("main", "sleep", "3600");
    Edit.security(config, security -> security.setPrivileged(true));
    TestContainer container = pod.start(config);
    assertThat(container.sh("cat /proc/1/cgroup")).startsWith("0::/" + parent + "/" + slice + "/");
    assertThat(container.sh("ls -d /sys/fs/cgroup/system.slice")).isNotEmpty();
    assertThat(mounts()).isEqualTo(before);
    assertThat(pod.startSleeper("other").sh("cat /proc/1/cgroup")).isEqualTo("0::/");
    assertThat(mounts()).isEqualTo(before);
  }

  private static List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .filter(line -> line.contains(" " + ROOT + " "))
        .toList();
  }

  @Test
  void theInitOfASharedPidNamespaceIsInNoServiceAndNoSlice() throws Exception {
    TestPod pod = pod("crun").pid(NamespaceMode.POD).run();
    Path own = ROOT.resolve(node.config.cgroupParent().substring(1)).resolve(pod.id);
    assertThat(Files.readAllLines(own.resolve("cgroup.procs"))).hasSize(1);
    pod.remove();
    assertThat(own).doesNotExist();
  }

  /** A scope that is empty is taken away by systemd at once, also while it is being killed. */
  @WithEachRuntime
  void manyStopsAtTheSameTimeFindScopesThatGo(String runtime) throws Exception {
    TestPod pod = pod(runtime).run();
    for (int round = 0; round < 5; round++) {
      int count = round;
      List<TestContainer> all =
          List.of(1, 2, 3).stream()
              .map(n -> pod.start(pod.shell("c" + n + "-" + count, "sleep 3600 & sleep 3600")))
              .toList();
      all.parallelStream().forEach(container -> container.stop(0));
      all.forEach(container -> assertThat(scope(container)).doesNotExist());
    }
  }

  @Test
  void whatIsNoSliceIsRefused() {
    TestPod pod = node.pod("wrong").hostNetwork();
    Edit.linux(pod.config, linux -> linux.setCgroupParent("/kubepods/pod1"));
    assertFails(pod::run, Code.INVALID_ARGUMENT, "linux.cgroup_parent", "/kubepods/pod1");
  }
}
