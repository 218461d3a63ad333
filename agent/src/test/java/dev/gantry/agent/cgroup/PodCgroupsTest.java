package dev.gantry.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.Corpus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupLimits;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The kubepods hierarchy: on this machine's cgroups, in version 2's files, as systemd's slices. */
@ExtendWith(LeakCheck.class)
final class PodCgroupsTest {
  private static final String LIMITED =
      """
      containers:
      - name: a
        image: i
        resources: {limits: {memory: 64Mi}, requests: {cpu: 500m}}
      """;

  private static NodeFacts node(String root, boolean systemd, boolean unified) {
    NodeFacts all = Corpus.NODE;
    return new NodeFacts(
        all.name(),
        all.ips(),
        all.allocatable(),
        all.memoryBytes(),
        all.podLogs(),
        all.seccompProfiles(),
        all.resolvConf(),
        all.clusterDns(),
        all.clusterDomain(),
        root,
        systemd,
        unified,
        unified,
        true,
        all.hugePageSizes());
  }

  /** Overhead comes from a RuntimeClass; manifests may not have it. */
  private static Pod limited() throws Exception {
    Pod pod = Corpus.pod(LIMITED);
    return pod.withSpec(
        pod.spec()
            .withOverhead(Map.of("memory", Quantity.parse("32Mi"), "cpu", Quantity.parse("250m"))));
  }

  private static String value(Cgroup cgroup, String... names) throws IOException {
    for (Path directory : cgroup.directories()) {
      for (String name : names) {
        if (Files.exists(directory.resolve(name))) {
          return Files.readString(directory.resolve(name)).strip();
        }
      }
    }
    throw new IOException("none of " + List.of(names) + " in " + cgroup);
  }

  @Test
  void aPodsCgroupHasItsLimitsWithTheOverheadAndGoesWithIt() throws Exception {
    CgroupHost host = CgroupHost.detect();
    String root = TestNames.cgroup();
    NodeFacts node = node(root, false, host.mode() == CgroupMode.V2);
    PodCgroups cgroups = new PodCgroups(host, node);
    Pod pod = limited();
    String uid = pod.metadata().uid();
    try {
      cgroups.setUp();
      assertThat(cgroups.uids()).isEmpty();
      cgroups.ensure(pod);
      cgroups.ensure(pod);
      assertThat(cgroups.exists(pod)).isTrue();
      assertThat(cgroups.uids()).containsExactly(uid);
      Cgroup made = Cgroup.of(host, root + "/kubepods/burstable/pod" + uid);
      assertThat(value(made, "memory.limit_in_bytes", "memory.max"))
          .isEqualTo(Long.toString(96L << 20));
      assertThat(value(made, "cpu.shares", "cpu.weight")).isIn("768", "30");
      cgroups.weigh(List.of(pod));
      assertThat(value(Cgroup.of(host, root + "/kubepods/burstable"), "cpu.shares", "cpu.weight"))
          .isIn("768", "30");
      cgroups.remove(uid);
      cgroups.remove(uid);
      assertThat(cgroups.exists(pod)).isFalse();
      assertThat(cgroups.uids()).isEmpty();
    } finally {
      for (String left : List.of("/kubepods/burstable", "/kubepods/besteffort", "/kubepods", "")) {
        Cgroup cgroup = Cgroup.of(host, root + left);
        if (cgroup.exists()) {
          cgroup.delete();
        }
      }
    }
  }

  @Test
  void versionTwoIsWrittenInItsOwnWords(@TempDir Path tree) throws Exception {
    String uid = limited().metadata().uid();
    Path pod = tree.resolve("kubepods/burstable/pod" + uid);
    Files.createDirectories(tree.resolve("kubepods/besteffort"));
    Files.createDirectories(pod);
    try (var all = Files.walk(tree)) {
      for (Path directory : all.filter(Files::isDirectory).toList()) {
        Files.writeString(directory.resolve("cgroup.controllers"), "cpu memory\n");
        Files.writeString(directory.resolve("cgroup.subtree_control"), "cpu memory\n");
        for (String name : List.of("cpu.weight", "cpu.max", "memory.max", "memory.swap.max")) {
          Files.writeString(directory.resolve(name), "");
        }
      }
    }
    PodCgroups cgroups = new PodCgroups(CgroupHost.v2At(tree), node("/", false, true));
    cgroups.setUp();
    cgroups.ensure(limited());
    assertThat(pod.resolve("memory.max")).hasContent(Long.toString(96L << 20));
    assertThat(pod.resolve("cpu.weight")).hasContent("30");
    assertThat(tree.resolve("kubepods/memory.max")).hasContent(Long.toString(8L << 30));
    assertThat(tree.resolve("kubepods/besteffort/cpu.weight")).hasContent("1");
    assertThat(cgroups.uids()).containsExactly(uid);
  }

  @Test
  void slicesAreNestedByTheirNames() throws Exception {
    NodeFacts node = node("/edge", true, true);
    PodCgroups cgroups = new PodCgroups(CgroupHost.detect(), node);
    Pod pod = limited();
    String burstable =
        "/edge.slice/edge-kubepods.slice/edge-kubepods-burstable.slice"
            + "/edge-kubepods-burstable-pod1111_2222.slice";
    assertThat(PodConfigs.cgroupParent(pod, node)).isEqualTo(burstable);
    assertThat(cgroups.paths(pod.metadata().uid()))
        .contains(burstable, "/edge.slice/edge-kubepods.slice/edge-kubepods-pod1111_2222.slice");
    assertThat(
            Slices.properties(
                CgroupLimits.NONE.withCpu(1024L, 25_000L, 100_000L).withMemory(1000L, null)))
        .containsExactly("CPUWeight=39", "CPUQuota=25%", "MemoryMax=1000");
    assertThat(Slices.properties(CgroupLimits.NONE.withCpu(2L, 1_500L, 100_000L)))
        .containsExactly("CPUWeight=1", "CPUQuota=2%");
    assertThat(Slices.properties(CgroupLimits.NONE)).isEmpty();
  }
}
