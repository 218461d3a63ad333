package dev.gantry.daemon.pod;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.cgroup.CgroupLimits;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a pod as a whole: what its containers are given together, and what the handler
 * itself costs on top. A limit that the containers do not have the pod has not either, and -1 lifts
 * one that it had.
 */
final class SandboxLimits {
  private static final long DEFAULT_PERIOD = 100_000;
  private static final long NO_LIMIT = -1;

  private SandboxLimits() {}

  /**
   * The limits of the pod's cgroup; changes nothing where the configuration has none.
   *
   * @param cgroup2 whether the cgroup is of version 2
   * @throws CallFailure when a file of cgroup version 2 is named and it is not
   */
  static CgroupLimits of(LinuxPodSandboxConfig linux, boolean cgroup2) throws CallFailure {
    LinuxContainerResources pod = linux.getResources();
    LinuxContainerResources more = linux.getOverhead();
    var unified = new HashMap<>(more.getUnifiedMap());
    unified.putAll(pod.getUnifiedMap());
    if (!unified.isEmpty() && !cgroup2) {
      throw CallFailure.precondition(
          "linux.resources.unified of the pod: needs cgroup version 2, this host has version 1");
    }
    return new CgroupLimits(
        sum(Math.max(0, pod.getCpuShares()), more.getCpuShares()),
        quota(pod, more),
        quota(pod, more) == null ? null : period(pod),
        blankToNull(pod.getCpusetCpus()),
        blankToNull(pod.getCpusetMems()),
        sum(pod.getMemoryLimitInBytes(), more.getMemoryLimitInBytes()),
        sum(
            pod.getMemorySwapLimitInBytes() != 0
                ? pod.getMemorySwapLimitInBytes()
                : pod.getMemoryLimitInBytes(),
            more.getMemoryLimitInBytes()),
        null,
        hugepages(pod),
        unified);
  }

  private static @Nullable Long sum(long limit, long more) {
    if (limit == 0) {
      return null;
    }
    return limit < 0 ? NO_LIMIT : limit + Math.max(0, more);
  }

  private static long period(LinuxContainerResources resources) {
    return resources.getCpuPeriod() > 0 ? resources.getCpuPeriod() : DEFAULT_PERIOD;
  }

  private static @Nullable Long quota(LinuxContainerResources pod, LinuxContainerResources more) {
    long extra = Math.max(0, more.getCpuQuota()) * period(pod) / period(more);
    return sum(pod.getCpuQuota(), extra);
  }

  private static @Nullable String blankToNull(String value) {
    return value.isEmpty() ? null : value;
  }

  private static Map<String, Long> hugepages(LinuxContainerResources pod) {
    var limits = new HashMap<String, Long>();
    pod.getHugepageLimitsList()
        .forEach(limit -> {
          if (limit.getLimit() > 0) {
            limits.put(limit.getPageSize(), limit.getLimit());
          }
        });
    return limits;
  }
}
