package dev.gantry.daemon.stats;

import dev.gantry.linux.cgroup.CgroupDetails;
import dev.gantry.linux.cgroup.CgroupStats;
import dev.gantry.linux.cgroup.Pressure;
import org.jspecify.annotations.Nullable;

/** What a control group has used, as metrics: the same for a pod and for a container. */
final class CgroupMetrics {
  private static final long NANOS_PER_MICRO = 1_000L;

  private CgroupMetrics() {}

  static void add(MetricList to, CgroupDetails details, BlockDevices devices) {
    cpu(to, details);
    memory(to, details);
    CgroupStats stats = details.stats();
    to.add(Family.OOM_EVENTS_TOTAL, stats.oomKills())
        .add(Family.THREADS, stats.pidsCurrent())
        .add(Family.THREADS_MAX, details.pidsLimit() == Long.MAX_VALUE ? 0 : details.pidsLimit());
    details
        .hugePages()
        .forEach((size, pages) ->
            to.add(Family.HUGETLB_USAGE_BYTES, pages.bytes(), size)
                .add(Family.HUGETLB_MAX_USAGE_BYTES, pages.peakBytes(), size));
    details.disks().forEach(disk -> disk(to, disk, devices));
    pressure(
        to,
        stats.cpuPressure(),
        Family.PRESSURE_CPU_WAITING_SECONDS_TOTAL,
        Family.PRESSURE_CPU_STALLED_SECONDS_TOTAL);
    pressure(
        to,
        stats.memoryPressure(),
        Family.PRESSURE_MEMORY_WAITING_SECONDS_TOTAL,
        Family.PRESSURE_MEMORY_STALLED_SECONDS_TOTAL);
    pressure(
        to,
        stats.ioPressure(),
        Family.PRESSURE_IO_WAITING_SECONDS_TOTAL,
        Family.PRESSURE_IO_STALLED_SECONDS_TOTAL);
  }

  private static void cpu(MetricList to, CgroupDetails details) {
    to.addSeconds(Family.CPU_USAGE_SECONDS_TOTAL, details.stats().cpuUsageNanos(), "total")
        .addSeconds(Family.CPU_USER_SECONDS_TOTAL, details.cpuUserNanos())
        .addSeconds(Family.CPU_SYSTEM_SECONDS_TOTAL, details.cpuSystemNanos())
        .add(Family.CPU_CFS_PERIODS_TOTAL, details.periods())
        .add(Family.CPU_CFS_THROTTLED_PERIODS_TOTAL, details.throttledPeriods())
        .addSeconds(Family.CPU_CFS_THROTTLED_SECONDS_TOTAL, details.throttledNanos());
  }

  private static void memory(MetricList to, CgroupDetails details) {
    CgroupStats stats = details.stats();
    to.add(Family.MEMORY_USAGE_BYTES, stats.memoryUsageBytes())
        .add(Family.MEMORY_WORKING_SET_BYTES, stats.workingSetBytes())
        .add(Family.MEMORY_RSS, stats.rssBytes())
        .add(Family.MEMORY_SWAP, Math.max(0, stats.swapUsageBytes()))
        .add(Family.MEMORY_CACHE, details.cacheBytes())
        .add(Family.MEMORY_KERNEL_USAGE, details.kernelBytes())
        .add(Family.MEMORY_MAPPED_FILE, details.mappedFileBytes())
        .add(Family.MEMORY_FAILCNT, details.memoryLimitHits())
        .add(Family.MEMORY_MAX_USAGE_BYTES, details.memoryPeakBytes())
        .add(Family.MEMORY_FAILURES_TOTAL, details.ownPageFaults(), "pgfault", "container")
        .add(Family.MEMORY_FAILURES_TOTAL, stats.pageFaults(), "pgfault", "hierarchy")
        .add(Family.MEMORY_FAILURES_TOTAL, details.ownMajorPageFaults(), "pgmajfault", "container")
        .add(Family.MEMORY_FAILURES_TOTAL, stats.majorPageFaults(), "pgmajfault", "hierarchy");
  }

  private static void disk(MetricList to, CgroupDetails.DiskIo disk, BlockDevices devices) {
    String name = devices.name(disk.device());
    int colon = disk.device().indexOf(':');
    String major = disk.device().substring(0, colon);
    String minor = disk.device().substring(colon + 1);
    to.add(Family.BLKIO_DEVICE_USAGE_TOTAL, disk.readBytes(), name, major, minor, "Read")
        .add(Family.BLKIO_DEVICE_USAGE_TOTAL, disk.writeBytes(), name, major, minor, "Write")
        .add(Family.FS_READS_BYTES_TOTAL, disk.readBytes(), name)
        .add(Family.FS_WRITES_BYTES_TOTAL, disk.writeBytes(), name)
        .add(Family.FS_READS_TOTAL, disk.reads(), name)
        .add(Family.FS_WRITES_TOTAL, disk.writes(), name);
  }

  private static void pressure(
      MetricList to, @Nullable Pressure pressure, Family waiting, Family stalled) {
    if (pressure != null) {
      to.addSeconds(waiting, pressure.some().totalMicros() * NANOS_PER_MICRO)
          .addSeconds(stalled, pressure.full().totalMicros() * NANOS_PER_MICRO);
    }
  }
}
