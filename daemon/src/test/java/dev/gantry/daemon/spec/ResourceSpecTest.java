package dev.gantry.daemon.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.daemon.doctor.HostCapabilities;
import dev.gantry.oci.runtime.DefaultCapabilities;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResourceSpecTest {
  private static final HostFacts V2 =
      new HostFacts(
          new HostCapabilities(DefaultCapabilities.ALL), true, false, true, Set.of(), -1000);

  @Test
  void anUpdateReplacesFilesOfCgroupVersionTwoOneByOne() throws Exception {
    var before =
        LinuxContainerResources.newBuilder()
            .setCpuShares(512)
            .putUnified("memory.high", "1")
            .putUnified("io.weight", "2")
            .build();
    var update =
        LinuxContainerResources.newBuilder()
            .putUnified("io.weight", "3")
            .putUnified("memory.min", "4")
            .build();

    LinuxContainerResources merged = ResourceSpec.merge(before, update);

    assertThat(merged.getCpuShares()).isEqualTo(512);
    assertThat(ResourceSpec.of(merged, V2, List.of()).unified())
        .isEqualTo(Map.of("memory.high", "1", "io.weight", "3", "memory.min", "4"));
  }
}
