package dev.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupHostTest {
  @TempDir Path dir;

  @Test
  void versionOneWithControllersMountedTogether() throws IOException {
    CgroupHost host =
        CgroupHost.of(
            List.of(
                "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
                "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct",
                "33 31 0:31 / /sys/fs/cgroup/with\\040blank rw - cgroup cgroup rw,memory",
                "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup"
                    + " rw,xattr,release_agent=/lib/systemd/agent,name=systemd"));
    assertThat(host.mode()).isEqualTo(CgroupMode.V1);
    assertThat(host.unified()).isNull();
    assertThat(host.v1())
        .containsOnlyKeys("cpu", "cpuacct", "memory", "name=systemd")
        .containsEntry("cpu", Path.of("/sys/fs/cgroup/cpu,cpuacct"))
        .containsEntry("memory", Path.of("/sys/fs/cgroup/with blank"));
    assertThat(host.roots()).hasSize(3);
    assertThat(host.has("cpuacct")).isTrue();
    assertThat(host.has("pids")).isFalse();
    assertThat(host.crunRefuses()).isEmpty();
  }

  @Test
  void hybridWithAControllerLeftOnVersionTwoIsWhatCrunRefuses() throws IOException {
    Files.writeString(dir.resolve("cgroup.controllers"), "hugetlb misc\n");
    List<String> lines =
        List.of(
            "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
            "41 31 0:38 / " + dir + " rw - cgroup2 cgroup2 rw");
    CgroupHost host = CgroupHost.of(lines);
    assertThat(host.mode()).isEqualTo(CgroupMode.HYBRID);
    assertThat(host.unifiedControllers()).containsExactly("hugetlb", "misc");
    assertThat(host.crunRefuses()).get().asString().contains("hugetlb, misc", dir.toString());
    assertThat(host.roots()).containsExactly(Path.of("/sys/fs/cgroup/cpu"));

    Files.writeString(dir.resolve("cgroup.controllers"), "\n");
    assertThat(CgroupHost.of(lines).crunRefuses()).isEmpty();
  }

  @Test
  void versionTwoAlone() throws IOException {
    Files.writeString(dir.resolve("cgroup.controllers"), "cpu memory pids\n");
    CgroupHost host =
        CgroupHost.of(List.of("41 31 0:38 / " + dir + " rw - cgroup2 cgroup rw,nsdelegate"));
    assertThat(host.mode()).isEqualTo(CgroupMode.V2);
    assertThat(host).isEqualTo(CgroupHost.v2At(dir));
    assertThat(host.roots()).containsExactly(dir);
    assertThat(host.has("memory")).isTrue();
    assertThat(host.has("freezer")).isTrue();
    assertThat(host.has("hugetlb")).isFalse();
    assertThat(host.crunRefuses()).isEmpty();
  }

  @Test
  void aHostWithoutHierarchiesIsAnError() {
    assertThatThrownBy(() -> CgroupHost.of(List.of("1 1 0:1 / / rw - ext4 /dev/vda rw")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no cgroup hierarchy");
  }

  @Test
  void thisHostHasMemoryAndPids() throws IOException {
    CgroupHost host = CgroupHost.detect();
    assertThat(host.has("memory")).isTrue();
    assertThat(host.has("pids")).isTrue();
  }
}
