package dev.gantry.agent.podspec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.LinuxContainerResources;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What kubelet 1.36.2 asked a runtime for, on a machine with cgroup v1, and what we ask for. */
class PodConfigsTest {
  private static final NodeFacts V1 =
      new NodeFacts(
          "node-1",
          List.of("192.0.2.10"),
          Map.of(),
          24L << 30,
          Path.of("/var/log/pods"),
          Path.of("/var/lib/gantry/seccomp"),
          new ResolvConf(List.of(), List.of(), List.of()),
          List.of(),
          "",
          "/",
          false,
          false,
          true,
          true,
          List.of("2MB", "1GB"));

  private static Pod captured() throws Exception {
    return Corpus.pod(
        """
        terminationGracePeriodSeconds: 1
        containers:
        - name: a
          image: registry.k8s.io/e2e-test-images/busybox:1.29-2
          resources: {limits: {cpu: 100m, memory: 32Mi}}
        """);
  }

  @Test
  void theHashOfAContainerIsTheKubelets() throws Exception {
    assertThat(PodConfigs.hash(captured().spec().containers().getFirst())).isEqualTo("67d5cb90");
  }

  @Test
  void resourcesAreTheKubelets() throws Exception {
    Pod pod = captured();
    Container container = pod.spec().containers().getFirst();
    LinuxContainerResources resources = LinuxResources.of(pod.spec(), container, V1);
    assertThat(resources.getCpuPeriod()).isEqualTo(100_000);
    assertThat(resources.getCpuQuota()).isEqualTo(10_000);
    assertThat(resources.getCpuShares()).isEqualTo(102);
    assertThat(resources.getMemoryLimitInBytes()).isEqualTo(33_554_432);
    assertThat(resources.getMemorySwapLimitInBytes()).isEqualTo(33_554_432);
    assertThat(resources.getOomScoreAdj()).isEqualTo(-997);
    assertThat(resources.getHugepageLimitsList().stream().map(limit -> limit.getPageSize()))
        .containsExactly("2MB", "1GB");
    assertThat(resources.getUnifiedMap()).isEmpty();
  }
}
