package dev.gantry.daemon.stats;

import static dev.gantry.daemon.stats.UsageReader.value;

import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.daemon.runtime.Clock;
import java.util.List;
import java.util.function.ToLongFunction;

/** What the running containers of a pod use together, for a pod that has no control group. */
final class ContainerSums {
  private ContainerSums() {}

  /** Use of the cpus; a rate only when there is one of each container. */
  static CpuUsage cpu(List<ContainerStats> containers) {
    List<CpuUsage> all = containers.stream().map(ContainerStats::getCpu).toList();
    var sum =
        CpuUsage.newBuilder()
            .setTimestamp(Clock.now())
            .setUsageCoreNanoSeconds(value(sum(all, c -> c.getUsageCoreNanoSeconds().getValue())));
    if (all.stream().allMatch(CpuUsage::hasUsageNanoCores)) {
      sum.setUsageNanoCores(value(sum(all, c -> c.getUsageNanoCores().getValue())));
    }
    return sum.build();
  }

  /** Use of memory. */
  static MemoryUsage memory(List<ContainerStats> containers) {
    List<MemoryUsage> all = containers.stream().map(ContainerStats::getMemory).toList();
    return MemoryUsage.newBuilder()
        .setTimestamp(Clock.now())
        .setWorkingSetBytes(value(sum(all, m -> m.getWorkingSetBytes().getValue())))
        .setUsageBytes(value(sum(all, m -> m.getUsageBytes().getValue())))
        .setRssBytes(value(sum(all, m -> m.getRssBytes().getValue())))
        .setPageFaults(value(sum(all, m -> m.getPageFaults().getValue())))
        .setMajorPageFaults(value(sum(all, m -> m.getMajorPageFaults().getValue())))
        .build();
  }

  private static <T> long sum(List<T> all, ToLongFunction<T> figure) {
    return all.stream().mapToLong(figure).sum();
  }
}
