package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.runtime.Cpu;
import dev.gantry.oci.runtime.DeviceRule;
import dev.gantry.oci.runtime.HugepageLimit;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code linux.resources} of a specification. In the CRI a 0 means: not given. */
final class ResourceSpec {
  private ResourceSpec() {}

  static LinuxResources of(SpecInput in, List<DeviceRule> devices) throws CallFailure {
    LinuxContainerResources asked = in.options().config().getLinux().getResources();
    return new LinuxResources(
        devices,
        memory(asked, in.host()),
        cpu(asked),
        null,
        null,
        hugepages(asked, in.host()),
        null,
        Map.of(),
        unified(asked, in.host()));
  }

  /** A memory limit without a swap limit allows no swap, as the kubelet expects. */
  private static @Nullable Memory memory(LinuxContainerResources asked, HostFacts host) {
    long limit = asked.getMemoryLimitInBytes();
    long swap = asked.getMemorySwapLimitInBytes();
    if (limit == 0 && swap == 0) {
      return null;
    }
    Long swapLimit = host.swapAccounting() ? orNull(swap == 0 ? limit : swap) : null;
    return Memory.limits(orNull(limit), swapLimit);
  }

  private static @Nullable Cpu cpu(LinuxContainerResources asked) {
    boolean none =
        asked.getCpuShares() == 0
            && asked.getCpuQuota() == 0
            && asked.getCpuPeriod() == 0
            && asked.getCpusetCpus().isEmpty()
            && asked.getCpusetMems().isEmpty();
    return none
        ? null
        : new Cpu(
            orNull(asked.getCpuShares()),
            orNull(asked.getCpuQuota()),
            null,
            orNull(asked.getCpuPeriod()),
            null,
            null,
            asked.getCpusetCpus(),
            asked.getCpusetMems(),
            null);
  }

  private static List<HugepageLimit> hugepages(LinuxContainerResources asked, HostFacts host)
      throws CallFailure {
    var limits = new ArrayList<HugepageLimit>();
    for (var limit : asked.getHugepageLimitsList()) {
      if (host.hugepages()) {
        limits.add(new HugepageLimit(limit.getPageSize(), limit.getLimit()));
      } else if (limit.getLimit() != 0) {
        throw CallFailure.precondition(
            "linux.resources.hugepage_limits: this host has no hugetlb cgroup controller");
      }
    }
    return limits;
  }

  private static Map<String, String> unified(LinuxContainerResources asked, HostFacts host)
      throws CallFailure {
    if (asked.getUnifiedCount() > 0 && !host.cgroup2()) {
      throw CallFailure.precondition(
          "linux.resources.unified: needs cgroup version 2, this host has version 1");
    }
    return asked.getUnifiedMap();
  }

  private static @Nullable Long orNull(long value) {
    return value == 0 ? null : value;
  }
}
