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
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The {@code linux.resources} of a specification. In the CRI a 0 means: not given. */
public final class ResourceSpec {
  private static final Pattern UNIFIED_FILE = Pattern.compile("[a-z0-9_]+\\.[A-Za-z0-9_.]+");

  private ResourceSpec() {}

  /**
   * The limits that are asked for.
   *
   * @param devices which the container may use; of no meaning to an update
   * @throws CallFailure naming the field that this host cannot do
   */
  public static LinuxResources of(
      LinuxContainerResources asked, HostFacts host, List<DeviceRule> devices) throws CallFailure {
    return new LinuxResources(
        devices,
        memory(asked, host),
        cpu(asked),
        null,
        null,
        hugepages(asked, host),
        null,
        Map.of(),
        unified(asked, host));
  }

  /**
   * The limits of a new container. A negative quota, no limit of cpu time, is what it has anyway,
   * and crun 1.8.1 cannot write it.
   */
  static LinuxResources atCreation(
      LinuxContainerResources asked, HostFacts host, List<DeviceRule> devices) throws CallFailure {
    return of(
        asked.getCpuQuota() < 0 ? asked.toBuilder().clearCpuQuota().build() : asked, host, devices);
  }

  /** The nearest {@code oom_score_adj} that this host lets the daemon set. */
  public static int oomScoreAdj(LinuxContainerResources asked, HostFacts host) {
    return (int) Math.clamp(asked.getOomScoreAdj(), host.leastOomScoreAdj(), 1000L);
  }

  /**
   * What is in force after an update: a value that is 0 or empty in {@code update} stays; huge
   * pages and files of cgroup v2 are replaced one by one. A limit of swap includes memory, so it
   * goes with the limit of memory it was given with.
   */
  public static LinuxContainerResources merge(
      LinuxContainerResources before, LinuxContainerResources update) {
    var merged = before.toBuilder();
    if (update.getHugepageLimitsCount() > 0) {
      var sizes =
          update.getHugepageLimitsList().stream().map(limit -> limit.getPageSize()).toList();
      merged.clearHugepageLimits();
      before.getHugepageLimitsList().stream()
          .filter(limit -> !sizes.contains(limit.getPageSize()))
          .forEach(merged::addHugepageLimits);
    }
    if (update.getMemoryLimitInBytes() != 0) {
      merged.clearMemorySwapLimitInBytes();
    }
    // Protobuf's own merging has the CRI's meaning: unset scalars stay, maps are put together.
    return merged.mergeFrom(update).build();
  }

  /** A memory limit without a swap limit allows no swap, as the kubelet expects. */
  private static @Nullable Memory memory(LinuxContainerResources asked, HostFacts host)
      throws CallFailure {
    long limit = asked.getMemoryLimitInBytes();
    long swap = asked.getMemorySwapLimitInBytes();
    if (limit == 0 && swap == 0) {
      return null;
    }
    if (limit > 0 && swap > 0 && swap < limit) {
      throw CallFailure.invalid(
          "linux.resources.memory_swap_limit_in_bytes: "
              + swap
              + " is of memory and swap together, and less than memory_limit_in_bytes "
              + limit);
    }
    if (host.cgroup2() && limit <= 0 && swap > 0) {
      throw CallFailure.invalid(
          "linux.resources.memory_swap_limit_in_bytes: "
              + swap
              + " is of memory and swap together, of which cgroup version 2 limits each: it needs"
              + " memory_limit_in_bytes");
    }
    Long swapLimit = host.swapAccounting() ? orNull(swap == 0 ? limit : swap) : null;
    return Memory.limits(orNull(limit), swapLimit);
  }

  private static @Nullable Cpu cpu(LinuxContainerResources asked) throws CallFailure {
    requireNotNegative("cpu_shares", asked.getCpuShares());
    requireNotNegative("cpu_period", asked.getCpuPeriod());
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

  private static void requireNotNegative(String field, long value) throws CallFailure {
    if (value < 0) {
      throw CallFailure.invalid("linux.resources." + field + ": " + value + " is negative");
    }
  }

  private static List<HugepageLimit> hugepages(LinuxContainerResources asked, HostFacts host)
      throws CallFailure {
    var limits = new ArrayList<HugepageLimit>();
    for (var limit : asked.getHugepageLimitsList()) {
      if (host.hugepageSizes().contains(limit.getPageSize())) {
        limits.add(new HugepageLimit(limit.getPageSize(), limit.getLimit()));
      } else if (limit.getLimit() != 0) {
        throw CallFailure.precondition(
            "linux.resources.hugepage_limits["
                + limit.getPageSize()
                + "]: "
                + (host.hugepageSizes().isEmpty()
                    ? "this host has no hugetlb cgroup controller"
                    : "this host has pages of " + new TreeSet<>(host.hugepageSizes())));
      }
    }
    return limits;
  }

  private static Map<String, String> unified(LinuxContainerResources asked, HostFacts host)
      throws CallFailure {
    for (String file : asked.getUnifiedMap().keySet()) {
      if (!UNIFIED_FILE.matcher(file).matches()) {
        throw CallFailure.invalid(
            "linux.resources.unified: \"" + file + "\" is no file of a cgroup, as memory.high");
      }
    }
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
