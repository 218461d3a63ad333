package dev.gantry.daemon.stats;

import static dev.gantry.daemon.stats.UsageReader.value;

import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.IoUsage;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.ProcessUsage;
import dev.gantry.cri.v1.PsiData;
import dev.gantry.cri.v1.PsiStats;
import dev.gantry.cri.v1.SwapUsage;
import dev.gantry.linux.cgroup.CgroupStats;
import dev.gantry.linux.cgroup.Pressure;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a control group, as the CRI tells it: what the kernel does not count is left out.
 *
 * @param at when it was read, nanoseconds since the epoch
 * @param nanoCores billionths of a cpu since the reading before, null for the first
 */
public record Usage(long at, CgroupStats cgroup, @Nullable Long nanoCores) {
  private static final long NANOS_PER_MICRO = 1_000L;

  /** Use of the cpus, and the wait for them. */
  CpuUsage cpu() {
    var cpu =
        CpuUsage.newBuilder()
            .setTimestamp(at)
            .setUsageCoreNanoSeconds(value(cgroup.cpuUsageNanos()));
    if (nanoCores != null) {
      cpu.setUsageNanoCores(value(nanoCores));
    }
    Pressure pressure = cgroup.cpuPressure();
    if (pressure != null) {
      cpu.setPsi(psi(pressure));
    }
    return cpu.build();
  }

  /** Use of memory, and the wait for it. */
  MemoryUsage memory() {
    var memory =
        MemoryUsage.newBuilder()
            .setTimestamp(at)
            .setWorkingSetBytes(value(cgroup.workingSetBytes()))
            .setUsageBytes(value(cgroup.memoryUsageBytes()))
            .setRssBytes(value(cgroup.rssBytes()))
            .setPageFaults(value(cgroup.pageFaults()))
            .setMajorPageFaults(value(cgroup.majorPageFaults()));
    long limit = cgroup.memoryLimitBytes();
    if (limit > 0 && limit < Long.MAX_VALUE) {
      memory.setAvailableBytes(value(Math.max(0, limit - cgroup.workingSetBytes())));
    }
    Pressure pressure = cgroup.memoryPressure();
    if (pressure != null) {
      memory.setPsi(psi(pressure));
    }
    return memory.build();
  }

  /** Use of swap space, null where the kernel keeps no account. */
  @Nullable SwapUsage swap() {
    if (cgroup.swapUsageBytes() < 0) {
      return null;
    }
    var swap =
        SwapUsage.newBuilder().setTimestamp(at).setSwapUsageBytes(value(cgroup.swapUsageBytes()));
    if (cgroup.swapLimitBytes() < Long.MAX_VALUE) {
      swap.setSwapAvailableBytes(
          value(Math.max(0, cgroup.swapLimitBytes() - cgroup.swapUsageBytes())));
    }
    return swap.build();
  }

  /** The wait for disks, null where the kernel does not tell. */
  @Nullable IoUsage io() {
    Pressure pressure = cgroup.ioPressure();
    return pressure == null
        ? null
        : IoUsage.newBuilder().setTimestamp(at).setPsi(psi(pressure)).build();
  }

  /** How many tasks there are. */
  ProcessUsage processes() {
    return ProcessUsage.newBuilder()
        .setTimestamp(at)
        .setProcessCount(value(cgroup.pidsCurrent()))
        .build();
  }

  private static PsiStats psi(Pressure pressure) {
    return PsiStats.newBuilder()
        .setSome(psi(pressure.some()))
        .setFull(psi(pressure.full()))
        .build();
  }

  private static PsiData psi(Pressure.Share share) {
    return PsiData.newBuilder()
        .setTotal(share.totalMicros() * NANOS_PER_MICRO)
        .setAvg10(share.avg10())
        .setAvg60(share.avg60())
        .setAvg300(share.avg300())
        .build();
  }
}
