package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.Status.Code;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits that change while a container runs, with each OCI runtime. */
class ResourceUpdateTest {
  private static final long MEBI = 1 << 20;
  private static final String MEMORY =
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";
  private static final String QUOTA =
      "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d ' ' -f 1 /sys/fs/cgroup/cpu.max";

  /** 512 on version 1, and the weight that stands for it, 20, on version 2. */
  private static final String SHARES =
      "cat /sys/fs/cgroup/cpu/cpu.shares 2>/dev/null || cat /sys/fs/cgroup/cpu.weight";

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node(String runtime) {
    return Node.options().runtimes("[runtimes.%1$s]\npath = \"%1$s\"\n".formatted(runtime)).start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void limitsChangeWhileAContainerRuns(String runtime) {
    try (Node node = node(runtime)) {
      TestPod pod = node.pod("update").hostNetwork().run();
      var config = pod.container("main", "sleep", "3600");
      Edit.resources(config, r -> r.setMemoryLimitInBytes(64 * MEBI).setCpuShares(512));
      TestContainer container = pod.start(config);

      container.update(
          LinuxContainerResources.newBuilder()
              .setMemoryLimitInBytes(96 * MEBI)
              .setCpuQuota(50_000)
              .setCpuPeriod(100_000)
              .setOomScoreAdj(500));

      assertThat(container.sh(MEMORY)).isEqualTo("" + 96 * MEBI);
      assertThat(container.sh(QUOTA)).isEqualTo("50000");
      assertThat(container.sh(SHARES)).isIn("512", "20");
      assertThat(container.sh("cat /proc/1/oom_score_adj")).isEqualTo("500");
      container.update(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(32 * MEBI));
      assertThat(container.sh(MEMORY)).isEqualTo("" + 32 * MEBI);
      LinuxContainerResources told = container.status().getResources().getLinux();
      assertThat(told.getMemoryLimitInBytes()).isEqualTo(32 * MEBI);
      assertThat(told.getCpuShares()).isEqualTo(512);
      assertThat(told.getCpuQuota()).isEqualTo(50_000);
      assertThat(told.getOomScoreAdj()).isEqualTo(500);

      // The kernel refuses a set of cpus that the machine does not have: the status says so.
      Failures.assertFails(
          () -> container.update(LinuxContainerResources.newBuilder().setCpusetCpus("999")),
          Code.INTERNAL,
          container.id);
      assertThat(container.status().getResources().getLinux().getCpusetCpus()).isEmpty();
      Failures.assertFails(
          () -> container.update(LinuxContainerResources.newBuilder().setCpuShares(-1)),
          Code.INVALID_ARGUMENT,
          "linux.resources.cpu_shares: -1");
      container.stop(0);
      Failures.assertFails(
          () -> container.update(LinuxContainerResources.newBuilder().setCpuShares(2)),
          Code.FAILED_PRECONDITION,
          "neither created nor running");
      node.removeAllPods();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void limitsChangeBeforeAContainerIsStarted(String runtime) {
    try (Node node = node(runtime)) {
      TestPod pod = node.pod("early").hostNetwork().run();
      TestContainer container = pod.create(pod.container("main", "sleep", "3600"));
      container.update(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(48 * MEBI));
      container.start();
      assertThat(container.sh(MEMORY)).isEqualTo("" + 48 * MEBI);
      var _ =
          node.runtime()
              .updatePodSandboxResources(
                  UpdatePodSandboxResourcesRequest.newBuilder()
                      .setPodSandboxId(pod.id)
                      .setResources(
                          LinuxContainerResources.newBuilder().setMemoryLimitInBytes(48 * MEBI))
                      .build());
      node.removeAllPods();
    }
  }
}
