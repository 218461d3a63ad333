package dev.gantry.daemon;

import static dev.gantry.daemon.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.daemon.doctor.HostCapabilities;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupLimits;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestNames;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits of containers and pods, as the kernel has them, with each OCI runtime. */
class ResourcesTest {
  private static final long MEBI = 1 << 20;
  private static final int PIDS = 77;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static @Nullable Node shared;

  private final Node node = Objects.requireNonNull(shared);
  private final CgroupHost host;

  ResourcesTest() throws IOException {
    host = CgroupHost.detect();
  }

  @BeforeAll
  static void startNode() {
    shared =
        Node.options()
            .container("pids_limit = " + PIDS + "\nblockio_config = \"%s/blockio.yaml\"")
            .eachRuntime()
            .start();
  }

  @AfterAll
  static void stopNode() {
    if (shared != null) {
      shared.close();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    node.removeAllPods();
    assertThat(node.leftovers()).isEmpty();
  }

  private TestPod pod(String runtime) {
    return node.pod("resources-" + runtime).handler(runtime).hostNetwork();
  }

  private Limits limits() {
    return new Limits(host);
  }

  private String limit(TestContainer container, String file) throws IOException {
    return limit(cgroup(container), file);
  }

  private String limit(String cgroup, String file) throws IOException {
    return limits().read(cgroup, file);
  }

  private void assertShares(TestContainer container, long shares) throws IOException {
    assertShares(cgroup(container), shares);
  }

  private void assertShares(String cgroup, long shares) throws IOException {
    assertThat(limits().hasShares(cgroup, shares)).isTrue();
  }

  private String cgroup(TestContainer container) {
    return node.config.cgroupParent() + "/" + container.pod.id + "/" + container.id;
  }

  private static HugepageLimit huge(String size, long limit) {
    return HugepageLimit.newBuilder().setPageSize(size).setLimit(limit).build();
  }

  /** The container's cgroup is where cAdvisor looks for it, by its id, in every hierarchy. */
  @WithEachRuntime
  void everyLimitIsInForceFromTheStartAndChangesLive(String runtime) throws IOException {
    TestPod pod = pod(runtime).run();
    var config = pod.container("main", "sleep", "3600");
    Edit.resources(
        config,
        r ->
            r.setCpuShares(512)
                .setCpuQuota(50_000)
                .setCpuPeriod(80_000)
                .setCpusetCpus("0")
                .setCpusetMems("0")
                .setMemoryLimitInBytes(64 * MEBI)
                .setMemorySwapLimitInBytes(96 * MEBI)
                .setOomScoreAdj(321)
                .addHugepageLimits(huge("2MB", 4 * MEBI))
                .addHugepageLimits(huge("64KB", 0)));
    TestContainer container = pod.start(config);

    assertShares(container, 512);
    assertThat(limit(container, "cpu.cfs_quota_us")).isEqualTo("50000");
    assertThat(limit(container, "cpu.cfs_period_us")).isEqualTo("80000");
    assertThat(limit(container, "cpuset.cpus")).isEqualTo("0");
    assertThat(limit(container, "cpuset.mems")).isEqualTo("0");
    assertThat(limit(container, "memory.limit_in_bytes")).isEqualTo("" + 64 * MEBI);
    assertThat(limit(container, "memory.memsw.limit_in_bytes")).isEqualTo("" + 96 * MEBI);
    assertThat(limit(container, "hugetlb.2MB.limit_in_bytes")).isEqualTo("" + 4 * MEBI);
    assertThat(limit(container, "pids.max")).isEqualTo("" + PIDS);
    assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo("321");

    container.update(
        LinuxContainerResources.newBuilder()
            .setCpuShares(256)
            .setCpusetCpus("0-1")
            .setMemoryLimitInBytes(128 * MEBI)
            .setMemorySwapLimitInBytes(192 * MEBI)
            .setOomScoreAdj(400)
            .addHugepageLimits(huge("2MB", 8 * MEBI)));
    assertShares(container, 256);
    assertThat(limit(container, "cpu.cfs_quota_us")).isEqualTo("50000");
    assertThat(limit(container, "cpuset.cpus")).isEqualTo("0-1");
    assertThat(limit(container, "memory.limit_in_bytes")).isEqualTo("" + 128 * MEBI);
    assertThat(limit(container, "memory.memsw.limit_in_bytes")).isEqualTo("" + 192 * MEBI);
    assertThat(limit(container, "hugetlb.2MB.limit_in_bytes")).isEqualTo("" + 8 * MEBI);
    assertThat(limit(container, "pids.max")).isEqualTo("" + PIDS);
    assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo("400");
    // A command gets what its container has now, a moment after its start, and so does what it
    // started meanwhile and left running.
    String left = container.sh("sleep 3600 > /dev/null 2>&1 & echo $!");
    container.sh("until grep -qx 400 /proc/$$/oom_score_adj; do sleep 0.02; done");
    assertThat(container.sh("cat /proc/" + left + "/oom_score_adj")).isEqualTo("400");
  }

  /** As the kubelet asks for containers that have cpus of their own. */
  @WithEachRuntime
  void aCpuQuotaOfMinusOneIsNoLimit(String runtime) throws IOException {
    TestPod pod = pod(runtime).run();
    var config = pod.container("main", "sleep", "3600");
    Edit.resources(config, r -> r.setCpuShares(1024).setCpuQuota(-1).setCpuPeriod(100_000));
    TestContainer container = pod.start(config);
    assertThat(limit(container, "cpu.cfs_quota_us")).isEqualTo("-1");

    container.update(LinuxContainerResources.newBuilder().setCpuQuota(50_000));
    assertThat(limit(container, "cpu.cfs_quota_us")).isEqualTo("50000");
    container.update(
        LinuxContainerResources.newBuilder()
            .setCpuShares(512)
            .setCpuQuota(-1)
            .setCpuPeriod(200_000));
    assertThat(limit(container, "cpu.cfs_quota_us")).isEqualTo("-1");
    assertThat(limit(container, "cpu.cfs_period_us")).isEqualTo("200000");
    assertShares(container, 512);
    assertThat(container.status().getResources().getLinux().getCpuQuota()).isEqualTo(-1);
  }

  /** A limit of memory alone allows no swap, whatever was allowed before. */
  @WithEachRuntime
  void anUpdateOfMemoryAloneTakesSwapWithIt(String runtime) throws IOException {
    TestPod pod = pod(runtime).run();
    var config = pod.container("main", "sleep", "3600");
    Edit.resources(
        config, r -> r.setMemoryLimitInBytes(100 * MEBI).setMemorySwapLimitInBytes(100 * MEBI));
    TestContainer container = pod.start(config);

    for (long limit : List.of(200 * MEBI, 50 * MEBI)) {
      container.update(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(limit));
      assertThat(limit(container, "memory.limit_in_bytes")).isEqualTo("" + limit);
      assertThat(limit(container, "memory.memsw.limit_in_bytes")).isEqualTo("" + limit);
    }
  }

  @Test
  void updatesAtTheSameTimeAreAllInForce() throws Exception {
    TestPod pod = pod("crun").run();
    TestContainer container = pod.startSleeper("main");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var updates =
          List.of(
              LinuxContainerResources.newBuilder().setCpuShares(512),
              LinuxContainerResources.newBuilder().setCpuQuota(50_000).setCpuPeriod(100_000),
              LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 * MEBI),
              LinuxContainerResources.newBuilder().addHugepageLimits(huge("2MB", 4 * MEBI)));
      var calls = new ArrayList<Future<?>>();
      updates.forEach(update -> {
        calls.add(threads.submit(() -> container.update(update)));
        calls.add(threads.submit(() -> resize(pod, update)));
      });
      for (Future<?> call : calls) {
        call.get();
      }
    }
    String ofPod = node.config.cgroupParent() + "/" + pod.id;
    for (String cgroup : List.of(ofPod, ofPod + "/" + container.id)) {
      assertShares(cgroup, 512);
      assertThat(limit(cgroup, "cpu.cfs_quota_us")).isEqualTo("50000");
      assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo("" + 64 * MEBI);
      assertThat(limit(cgroup, "hugetlb.2MB.limit_in_bytes")).isEqualTo("" + 4 * MEBI);
    }
    LinuxContainerResources told = container.status().getResources().getLinux();
    assertThat(told.getCpuShares()).isEqualTo(512);
    assertThat(told.getCpuQuota()).isEqualTo(50_000);
    assertThat(told.getMemoryLimitInBytes()).isEqualTo(64 * MEBI);
    assertThat(told.getHugepageLimitsCount()).isEqualTo(1);
  }

  /** The kubelet asks for -997 and -998; a daemon that may not lower its own takes the nearest. */
  @WithEachRuntime
  void anOomScoreThatMayNotBeSetFailsNoContainer(String runtime) throws IOException {
    boolean may = HostCapabilities.read().has("CAP_SYS_RESOURCE");
    String own = Files.readString(Path.of("/proc/self/oom_score_adj")).strip();
    TestPod pod = pod(runtime).run();
    var config = pod.container("main", "sleep", "3600");
    Edit.resources(config, r -> r.setOomScoreAdj(-998));
    TestContainer container = pod.start(config);

    assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo(may ? "-998" : own);
    container.update(LinuxContainerResources.newBuilder().setOomScoreAdj(-997));
    assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo(may ? "-997" : own);
    container.update(LinuxContainerResources.newBuilder().setOomScoreAdj(900));
    assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo("900");
  }

  @Test
  void limitsThatCannotBeAreNamed() {
    TestPod pod = pod("crun").run();
    refused(
        pod,
        r -> r.setMemoryLimitInBytes(64 * MEBI).setMemorySwapLimitInBytes(MEBI),
        Code.INVALID_ARGUMENT,
        "memory_swap_limit_in_bytes");
    refused(pod, r -> r.setCpuShares(-1), Code.INVALID_ARGUMENT, "linux.resources.cpu_shares: -1");
    refused(pod, r -> r.setCpuPeriod(-1), Code.INVALID_ARGUMENT, "linux.resources.cpu_period: -1");
    refused(
        pod,
        r -> r.addHugepageLimits(huge("3MB", MEBI)),
        Code.FAILED_PRECONDITION,
        "hugepage_limits[3MB]");
    if (host.mode() != CgroupMode.V2) {
      refused(
          pod,
          r -> r.putUnified("memory.high", "1"),
          Code.FAILED_PRECONDITION,
          "unified",
          "version");
    }
    refused(pod, r -> r.putUnified("../x", "1"), Code.INVALID_ARGUMENT, "unified", "../x");
    refused(pod, r -> r.setCpusetCpus("999"), Code.INTERNAL, "cpuset.cpus");
    refused(pod, r -> r.setCpusetMems("999"), Code.INTERNAL, "cpuset.mems");
  }

  private static void refused(
      TestPod pod,
      java.util.function.Consumer<LinuxContainerResources.Builder> edit,
      Code code,
      String... parts) {
    ContainerConfig.Builder config = pod.container("main", "true");
    Edit.resources(config, edit);
    assertFails(() -> pod.create(config), code, parts);
  }

  @WithEachRuntime
  void blockIoClassesAreChosenByAnnotation(String runtime) throws IOException {
    Files.writeString(
        node.dirs.path("blockio.yaml"),
        """
        Classes:
          slow:
          - Devices: ["/dev/loop[01]"]
            ThrottleReadBps: 1Mi
            ThrottleWriteIOPS: "50"
          - Devices: [/dev/loop1]
            ThrottleReadBps: 2M
          other:
          - Devices: [/dev/loop1]
            ThrottleWriteBps: 3k
        """);
    TestPod pod = pod(runtime);
    pod.config.putAnnotations("blockio.resources.beta.kubernetes.io/pod", "slow");
    pod.config.putAnnotations("blockio.resources.beta.kubernetes.io/container.second", "other");
    pod.config.putAnnotations("blockio.resources.beta.kubernetes.io/container.third", "none");
    pod.run();
    TestContainer first = pod.startSleeper("first");
    TestContainer second = pod.startSleeper("second");

    assertThat(limit(first, "blkio.throttle.read_bps_device").lines())
        .containsExactlyInAnyOrder("7:0 1048576", "7:1 2000000");
    assertThat(limit(first, "blkio.throttle.write_iops_device").lines())
        .containsExactlyInAnyOrder("7:0 50", "7:1 50");
    assertThat(limit(second, "blkio.throttle.read_bps_device")).isEmpty();
    assertThat(limit(second, "blkio.throttle.write_bps_device")).isEqualTo("7:1 3000");
    assertFails(
        () -> pod.startSleeper("third"),
        Code.FAILED_PRECONDITION,
        "blockio.resources.beta.kubernetes.io/container.third",
        "none",
        "slow");
    Files.delete(node.dirs.path("blockio.yaml"));
    assertFails(
        () -> pod.startSleeper("fourth"), Code.FAILED_PRECONDITION, "blockio.yaml does not exist");
  }

  /** Where the cgroup is the pod's own, and not one that the kubelet looks after. */
  @Test
  void podLevelResourcesAndOverheadHoldForTheWholePod() throws IOException {
    TestPod pod = pod("crun");
    Edit.linux(
        pod.config,
        linux ->
            linux
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64 * MEBI)
                        .setCpuShares(500)
                        .setCpuQuota(50_000)
                        .setCpuPeriod(100_000)
                        .addHugepageLimits(huge("2MB", 4 * MEBI)))
                .setOverhead(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(16 * MEBI)
                        .setCpuShares(100)
                        .setCpuQuota(5_000)
                        .setCpuPeriod(50_000)));
    pod.run();
    TestContainer container = pod.startSleeper("main");
    String cgroup = node.config.cgroupParent() + "/" + pod.id;

    assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo("" + 80 * MEBI);
    assertThat(limit(cgroup, "memory.memsw.limit_in_bytes")).isEqualTo("" + 80 * MEBI);
    assertShares(cgroup, 600);
    assertThat(limit(cgroup, "cpu.cfs_quota_us")).isEqualTo("60000");
    assertThat(limit(cgroup, "cpu.cfs_period_us")).isEqualTo("100000");
    assertThat(limit(cgroup, "hugetlb.2MB.limit_in_bytes")).isEqualTo("" + 4 * MEBI);

    resize(pod, LinuxContainerResources.newBuilder().setMemoryLimitInBytes(128 * MEBI));
    assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo("" + 144 * MEBI);
    assertThat(limit(cgroup, "cpu.cfs_quota_us")).isEqualTo("60000");
    // It dies of what the whole pod may use, though it has no limit of its own.
    resize(pod, LinuxContainerResources.newBuilder().setMemoryLimitInBytes(MEBI));
    TestContainer greedy = pod.create(pod.shell("greedy", "x=x; while :; do x=$x$x; done"));
    greedy.start();
    assertThat(greedy.ended().getExitCode()).isEqualTo(137);
    container.stop(0);

    resize(
        pod,
        UpdatePodSandboxResourcesRequest.newBuilder()
            .setOverhead(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(32 * MEBI)));
    assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo("" + 33 * MEBI);
    assertThat(limit(cgroup, "cpu.cfs_quota_us")).isEqualTo("60000");
  }

  @Test
  void minusOneLiftsTheLimitsOfAPod() throws IOException {
    TestPod pod = pod("crun");
    Edit.linux(
        pod.config,
        linux ->
            linux.setResources(
                LinuxContainerResources.newBuilder()
                    .setCpuQuota(50_000)
                    .setCpuPeriod(100_000)
                    .setMemoryLimitInBytes(64 * MEBI)
                    .setMemorySwapLimitInBytes(96 * MEBI)));
    pod.run();
    String cgroup = node.config.cgroupParent() + "/" + pod.id;
    String unlimited = limit(node.config.cgroupParent(), "memory.limit_in_bytes");

    resize(pod, LinuxContainerResources.newBuilder().setMemorySwapLimitInBytes(-1));
    assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo("" + 64 * MEBI);
    assertThat(limit(cgroup, "memory.memsw.limit_in_bytes")).isEqualTo(unlimited);
    resize(pod, LinuxContainerResources.newBuilder().setCpuQuota(-1).setMemoryLimitInBytes(-1));
    assertThat(limit(cgroup, "cpu.cfs_quota_us")).isEqualTo("-1");
    assertThat(limit(cgroup, "memory.limit_in_bytes")).isEqualTo(unlimited);
    assertThat(limit(cgroup, "memory.memsw.limit_in_bytes")).isEqualTo(unlimited);
  }

  @Test
  void filesOfCgroupVersionTwoAreRefusedForAPodOfVersionOne() {
    assumeTrue(host.mode() != CgroupMode.V2, "there they are honoured");
    TestPod pod = pod("crun");
    Edit.linux(
        pod.config,
        linux ->
            linux.setResources(
                LinuxContainerResources.newBuilder().putUnified("memory.high", "1")));
    assertFails(pod::run, Code.FAILED_PRECONDITION, "unified", "version");
  }

  private void resize(TestPod pod, LinuxContainerResources.Builder resources) {
    resize(pod, UpdatePodSandboxResourcesRequest.newBuilder().setResources(resources));
  }

  private void resize(TestPod pod, UpdatePodSandboxResourcesRequest.Builder request) {
    var _ = node.runtime().updatePodSandboxResources(request.setPodSandboxId(pod.id).build());
  }

  /** The kubelet limits its pods' cgroups itself: they hold, and stay as they are. */
  @Test
  void theKubeletsPodCgroupHoldsAndIsLeftAsItIs() throws IOException {
    String top = TestNames.cgroup();
    String parent = top + "/kubepods/pod1";
    Cgroup cgroup = Cgroup.of(host, parent);
    cgroup.create();
    try {
      cgroup.apply(CgroupLimits.NONE.withMemory(256 * MEBI, null).withPids(12L));
      TestPod pod = pod("crun");
      Edit.linux(
          pod.config,
          linux ->
              linux
                  .setCgroupParent(parent)
                  .setResources(
                      LinuxContainerResources.newBuilder()
                          .setMemoryLimitInBytes(64 * MEBI)
                          .putUnified("memory.oom.group", "1")));
      pod.run();
      TestContainer container =
          pod.start(pod.shell("forks", "for i in $(seq 30); do sleep 60 & done; wait"));
      TestContainer sleeper = pod.startSleeper("main");

      assertThat(container.ended().getExitCode()).isNotZero();
      assertThat(limit(parent + "/" + sleeper.id, "pids.max")).isEqualTo("" + PIDS);
      resize(pod, LinuxContainerResources.newBuilder().setMemoryLimitInBytes(32 * MEBI));
      assertThat(limit(parent, "memory.limit_in_bytes")).isEqualTo("" + 256 * MEBI);
      node.removeAllPods();
      assertThat(cgroup.exists()).isTrue();
    } finally {
      cgroup.kill();
      Cgroup.of(host, top).delete();
    }
  }
}
