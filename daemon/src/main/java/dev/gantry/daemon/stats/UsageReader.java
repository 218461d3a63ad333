package dev.gantry.daemon.stats;

import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.IoUsage;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.ProcessUsage;
import dev.gantry.cri.v1.PsiData;
import dev.gantry.cri.v1.PsiStats;
import dev.gantry.cri.v1.SwapUsage;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupStats;
import dev.gantry.linux.cgroup.Pressure;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What control groups have used, as the CRI tells it. Nothing is read before somebody asks; the
 * rate of cpu use is that between the last two readings, so the first has none.
 */
public final class UsageReader {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MICRO = 1_000L;

  /** Two readings closer than this give no useful rate; the earlier rate is told again. */
  private static final long LEAST_INTERVAL_NANOS = NANOS_PER_SECOND / 10;

  private record CpuSample(long at, long usage, @Nullable Long nanoCores) {}

  private final CgroupHost host;
  private final ConcurrentHashMap<String, CpuSample> lastCpu = new ConcurrentHashMap<>();

  public UsageReader(CgroupHost host) {
    this.host = host;
  }

  /** One reading of one control group. */
  public final class Reading {
    private final long now = Clock.now();
    private final String owner;
    private final CgroupStats cgroup;

    private Reading(String owner, CgroupStats cgroup) {
      this.owner = owner;
      this.cgroup = cgroup;
    }

    /** Use of the cpus, and the wait for them. */
    public CpuUsage cpu() {
      CpuSample sample =
          lastCpu.compute(owner, (key, last) -> next(last, now, cgroup.cpuUsageNanos()));
      var cpu =
          CpuUsage.newBuilder()
              .setTimestamp(now)
              .setUsageCoreNanoSeconds(value(cgroup.cpuUsageNanos()));
      Long nanoCores = sample.nanoCores();
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
    public MemoryUsage memory() {
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
      Pressure pressure = cgroup.memoryPressure();
      if (pressure != null) {
        memory.setPsi(psi(pressure));
      }
      return memory.build();
    }

    /** Use of swap space. */
    public SwapUsage swap() {
      return SwapUsage.newBuilder()
          .setTimestamp(now)
          .setSwapUsageBytes(value(cgroup.swapUsageBytes()))
          .build();
    }

    /** The wait for disks, null where the kernel does not tell. */
    public @Nullable IoUsage io() {
      Pressure pressure = cgroup.ioPressure();
      return pressure == null
          ? null
          : IoUsage.newBuilder().setTimestamp(now).setPsi(psi(pressure)).build();
    }

    /** How many tasks there are. */
    public ProcessUsage processes() {
      return ProcessUsage.newBuilder()
          .setTimestamp(now)
          .setProcessCount(value(cgroup.pidsCurrent()))
          .build();
    }
  }

  /**
   * Reads a control group.
   *
   * @param owner the pod's or container's id, for the rate
   */
  public Reading read(String owner, String cgroupPath) throws IOException {
    return new Reading(owner, Cgroup.of(host, cgroupPath).stats());
  }

  /** Nothing of {@code owner} runs any more. */
  public void forget(String owner) {
    lastCpu.remove(owner);
  }

  private static CpuSample next(@Nullable CpuSample last, long now, long usage) {
    if (last == null) {
      return new CpuSample(now, usage, null);
    }
    long interval = now - last.at();
    return interval < LEAST_INTERVAL_NANOS
        ? last
        : new CpuSample(now, usage, rate(usage - last.usage(), interval));
  }

  private static long rate(long nanos, long interval) {
    return (long) ((double) Math.max(0, nanos) / interval * NANOS_PER_SECOND);
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

  static UInt64Value value(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
