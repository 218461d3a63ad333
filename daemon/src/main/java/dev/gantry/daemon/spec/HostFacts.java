package dev.gantry.daemon.spec;

import dev.gantry.daemon.doctor.HostCapabilities;
import java.util.Set;

/**
 * What the host has that a specification depends on.
 *
 * @param capabilities those the daemon may hand on
 * @param cgroup2 whether all controllers are on the version 2 hierarchy
 * @param swapAccounting whether the kernel limits swap by cgroup
 * @param hugepageSizes those that can be limited, as in {@code 2MB}; none without the hugetlb
 *     controller
 * @param leastOomScoreAdj the lowest {@code oom_score_adj} the daemon may set, -1000 to 1000
 */
public record HostFacts(
    HostCapabilities capabilities,
    boolean cgroup2,
    boolean systemdCgroups,
    boolean swapAccounting,
    Set<String> hugepageSizes,
    int leastOomScoreAdj) {
  public HostFacts {
    hugepageSizes = Set.copyOf(hugepageSizes);
  }
}
