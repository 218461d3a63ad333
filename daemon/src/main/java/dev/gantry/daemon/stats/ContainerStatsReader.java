package dev.gantry.daemon.stats;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.SwapUsage;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupStats;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;

/** Reads a container's statistics: cgroup counters now, its writable layer as last measured. */
public final class ContainerStatsReader {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Two readings closer than this give no useful rate; the earlier rate is told again. */
  private static final long LEAST_INTERVAL_NANOS = NANOS_PER_SECOND / 10;

  private record CpuSample(long at, long usage, long nanoCores) {}

  private final CgroupHost host;
  private final WritableLayers layers;
  private final ContainerRoots roots;
  private final ConcurrentHashMap<String, CpuSample> lastCpu = new ConcurrentHashMap<>();

  public ContainerStatsReader(CgroupHost host, WritableLayers layers, ContainerRoots roots) {
    this.host = host;
    this.layers = layers;
    this.roots = roots;
  }

  /** The statistics of a running container; of one that does not run, only what it has written. */
  public ContainerStats read(ContainerRecord container, boolean running) throws IOException {
    var stats =
        ContainerStats.newBuilder()
            .setAttributes(
                ContainerAttributes.newBuilder()
                    .setId(container.getId())
                    .setMetadata(container.getConfig().getMetadata())
                    .putAllLabels(container.getConfig().getLabelsMap())
                    .putAllAnnotations(container.getConfig().getAnnotationsMap()))
            .setWritableLayer(writableLayer(container.getId()));
    if (running) {
      CgroupStats cgroup = Cgroup.of(host, container.getCgroupPath()).stats();
      long now = Clock.now();
      stats
          .setCpu(cpu(container.getId(), now, cgroup.cpuUsageNanos()))
          .setMemory(memory(now, cgroup))
          .setSwap(
              SwapUsage.newBuilder()
                  .setTimestamp(now)
                  .setSwapUsageBytes(value(cgroup.swapUsageBytes())));
    } else {
      lastCpu.remove(container.getId());
    }
    return stats.build();
  }

  private CpuUsage cpu(String id, long now, long usage) {
    CpuSample sample =
        lastCpu.compute(
            id,
            (key, last) -> {
              if (last == null) {
                return new CpuSample(now, usage, 0);
              }
              long interval = now - last.at();
              return interval < LEAST_INTERVAL_NANOS
                  ? last
                  : new CpuSample(now, usage, rate(usage - last.usage(), interval));
            });
    return CpuUsage.newBuilder()
        .setTimestamp(now)
        .setUsageCoreNanoSeconds(value(usage))
        .setUsageNanoCores(value(sample.nanoCores()))
        .build();
  }

  private static long rate(long nanos, long interval) {
    return (long) ((double) Math.max(0, nanos) / interval * NANOS_PER_SECOND);
  }

  private static MemoryUsage memory(long now, CgroupStats cgroup) {
    var memory =
        MemoryUsage.newBuilder()
            .setTimestamp(now)
            .setWorkingSetBytes(value(cgroup.workingSetBytes()))
            .setUsageBytes(value(cgroup.memoryUsageBytes()))
            .setRssBytes(value(cgroup.rssBytes()))
            .setPageFaults(value(cgroup.pageFaults()))
            .setMajorPageFaults(value(cgroup.majorPageFaults()));
    long limit = cgroup.memoryLimitBytes();
    if (limit > 0 && limit < Long.MAX_VALUE) {
      memory.setAvailableBytes(value(Math.max(0, limit - cgroup.workingSetBytes())));
    }
    return memory.build();
  }

  private FilesystemUsage writableLayer(String id) {
    WritableLayers.Measured last = layers.of(id);
    var usage =
        FilesystemUsage.newBuilder()
            .setTimestamp(last == null ? Clock.now() : Clock.of(last.at()))
            .setFsId(
                FilesystemIdentifier.newBuilder()
                    .setMountpoint(roots.store().directory().toString()));
    return usage
        .setUsedBytes(value(last == null ? 0 : last.usage().bytes()))
        .setInodesUsed(value(last == null ? 0 : last.usage().inodes()))
        .build();
  }

  private static UInt64Value value(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
