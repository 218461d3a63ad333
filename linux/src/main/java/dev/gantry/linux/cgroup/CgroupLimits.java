package dev.gantry.linux.cgroup;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits in the units of the OCI runtime spec (config-linux, "Control groups"); what is null is
 * left as it is.
 *
 * @param cpuShares relative weight, 2 to 262144
 * @param cpuQuotaMicros run time per period, or -1 for no limit
 * @param cpuPeriodMicros the period, 1,000 to 1,000,000
 * @param cpusetCpus list of cpus such as {@code 0-3,7}
 * @param cpusetMems list of memory nodes
 * @param memoryBytes most memory, or -1 for no limit
 * @param memorySwapBytes most memory and swap together, or -1 for no limit
 * @param pids most tasks, or -1 for no limit
 * @param hugepageBytes most huge pages by page size, such as {@code 2MB}
 * @param unified values of version 2 files by name, written last; ignored on version 1
 */
public record CgroupLimits(
    @Nullable Long cpuShares,
    @Nullable Long cpuQuotaMicros,
    @Nullable Long cpuPeriodMicros,
    @Nullable String cpusetCpus,
    @Nullable String cpusetMems,
    @Nullable Long memoryBytes,
    @Nullable Long memorySwapBytes,
    @Nullable Long pids,
    Map<String, Long> hugepageBytes,
    Map<String, String> unified) {
  /** Changes nothing. */
  public static final CgroupLimits NONE =
      new CgroupLimits(null, null, null, null, null, null, null, null, Map.of(), Map.of());

  public CgroupLimits {
    hugepageBytes = Map.copyOf(hugepageBytes);
    unified = Map.copyOf(unified);
    for (String file : unified.keySet()) {
      if (!file.matches("[a-z0-9_]+\\.[A-Za-z0-9_.]+") || file.contains("..")) {
        throw new IllegalArgumentException("not a cgroup file: \"" + file + "\"");
      }
    }
    for (String size : hugepageBytes.keySet()) {
      if (!size.matches("[0-9]+[KMG]B")) {
        throw new IllegalArgumentException("not a huge page size: \"" + size + "\"");
      }
    }
  }

  /** These limits with cpu weight, quota and period as given. */
  public CgroupLimits withCpu(
      @Nullable Long shares, @Nullable Long quotaMicros, @Nullable Long periodMicros) {
    return new CgroupLimits(
        shares,
        quotaMicros,
        periodMicros,
        cpusetCpus,
        cpusetMems,
        memoryBytes,
        memorySwapBytes,
        pids,
        hugepageBytes,
        unified);
  }

  /** These limits with memory, and memory with swap, as given. */
  public CgroupLimits withMemory(@Nullable Long bytes, @Nullable Long withSwapBytes) {
    return new CgroupLimits(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        cpusetCpus,
        cpusetMems,
        bytes,
        withSwapBytes,
        pids,
        hugepageBytes,
        unified);
  }

  /** These limits with at most this many tasks. */
  public CgroupLimits withPids(@Nullable Long most) {
    return new CgroupLimits(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        cpusetCpus,
        cpusetMems,
        memoryBytes,
        memorySwapBytes,
        most,
        hugepageBytes,
        unified);
  }

  /** These limits with at most these bytes of huge pages, by page size. */
  public CgroupLimits withHugepages(Map<String, Long> bytes) {
    return new CgroupLimits(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        cpusetCpus,
        cpusetMems,
        memoryBytes,
        memorySwapBytes,
        pids,
        bytes,
        unified);
  }

  /** These limits bound to the given cpus and memory nodes. */
  public CgroupLimits withCpuset(@Nullable String cpus, @Nullable String mems) {
    return new CgroupLimits(
        cpuShares,
        cpuQuotaMicros,
        cpuPeriodMicros,
        cpus,
        mems,
        memoryBytes,
        memorySwapBytes,
        pids,
        hugepageBytes,
        unified);
  }

  /**
   * The version 2 weight (1 to 10000) of version 1 shares (2 to 262144), by the formula of
   * Kubernetes enhancement 2254 that crun and runc 1.1 use.
   */
  static long weight(long shares) {
    long bounded = Math.clamp(shares, 2L, 262_144L);
    return 1 + ((bounded - 2) * 9_999) / 262_142;
  }
}
