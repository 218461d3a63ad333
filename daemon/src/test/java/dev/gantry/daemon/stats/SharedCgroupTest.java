package dev.gantry.daemon.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.cgroup.CgroupStats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods whose containers are in a slice of the system's, beside what else the system runs. */
@NullUnmarked // a pod in the node's network has no links to read
class SharedCgroupTest {
  private static final String POD = "1".repeat(64);

  @TempDir Path dir;
  private final List<String> read = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong(1);
  private final AtomicLong cpu = new AtomicLong(100);

  private CgroupStats stats(String cgroup) {
    read.add(cgroup);
    long none = Long.MAX_VALUE;
    return new CgroupStats(cpu.get(), 50, 40, 30, 20, 10, none, -1, none, 3, 0, null, null, null);
  }

  @Test
  void aPodWithoutACgroupOfItsOwnIsTheSumOfItsContainers() throws Exception {
    var containers =
        new RecordStore<>("container", dir, ContainerRecord.parser(), ContainerRecord::getId);
    for (String id : new String[] {"a".repeat(64), "b".repeat(64)}) {
      containers.create(
          id,
          ContainerRecord.newBuilder()
              .setId(id)
              .setPodId(POD)
              .setStage(ContainerStage.CONTAINER_STAGE_RUNNING)
              .setCgroupPath("/system.slice/gantry-" + id + ".scope")
              .build());
    }
    var roots = new ContainerRoots(dir.resolve("state"), containers);
    var usage = new UsageReader(this::stats, now::get, id -> true);
    try (var layers = new WritableLayers(containers, roots);
        var handlers =
            new Handlers(
                Map.of(),
                Handlers.FIRST,
                name -> {
                  throw new IllegalStateException(name);
                })) {
      var reader =
          new PodStatsReader(
              usage,
              new PodLinks(null),
              containers,
              new ContainerStatsReader(usage, layers, roots, handlers));
      assertThat(linux(reader).getCpu().hasUsageNanoCores()).isFalse();
      now.addAndGet(UsageReader.SHARED.toNanos());
      cpu.addAndGet(7);
      LinuxPodSandboxStats linux = linux(reader);

      assertThat(linux.getContainersCount()).isEqualTo(2);
      assertThat(linux.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(214);
      assertThat(linux.getCpu().getUsageNanoCores().getValue()).isEqualTo(28);
      assertThat(linux.getMemory().getUsageBytes().getValue()).isEqualTo(100);
      assertThat(linux.getMemory().getWorkingSetBytes().getValue()).isEqualTo(80);
      assertThat(linux.getMemory().getRssBytes().getValue()).isEqualTo(60);
      assertThat(linux.getMemory().getPageFaults().getValue()).isEqualTo(40);
      assertThat(linux.getMemory().getMajorPageFaults().getValue()).isEqualTo(20);
      assertThat(linux.hasProcess()).isFalse();
      assertThat(read).doesNotContain("/system.slice");
    }
  }

  private static LinuxPodSandboxStats linux(PodStatsReader reader) throws Exception {
    var hostNetwork =
        LinuxSandboxSecurityContext.newBuilder()
            .setNamespaceOptions(NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE));
    return reader
        .read(
            PodRecord.newBuilder()
                .setId(POD)
                .setState(PodState.POD_STATE_READY)
                .setCgroupParent("/system.slice")
                .setConfig(
                    PodSandboxConfig.newBuilder()
                        .setLinux(
                            LinuxPodSandboxConfig.newBuilder().setSecurityContext(hostNetwork)))
                .build())
        .getLinux();
  }
}
