package dev.gantry.linux.cgroup;

import org.jspecify.annotations.Nullable;

/**
 * What a control group, with all below it, has used; a value whose controller is not there is 0.
 *
 * @param cpuUsageNanos CPU time, nanoseconds
 * @param memoryUsageBytes all memory charged, page cache too
 * @param workingSetBytes usage less inactive file pages, never below 0: what the kubelet evicts by,
 *     as cAdvisor computes it
 * @param rssBytes anonymous memory
 * @param pageFaults page faults of both kinds
 * @param majorPageFaults page faults that had to wait for a disk
 * @param memoryLimitBytes the limit of this group itself, or {@link Long#MAX_VALUE} for none
 * @param swapUsageBytes swap in use, or -1 where the kernel keeps no account of it
 * @param swapLimitBytes how much swap may be used, or {@link Long#MAX_VALUE} for no limit
 * @param pidsCurrent tasks, threads included
 * @param oomKills how many processes the kernel killed for memory: of this very group on version 1,
 *     of those below it too on version 2
 * @param cpuPressure time spent waiting for a cpu; null where the kernel keeps no such account,
 *     which version 1 never does. On a hybrid host it is that of the version 2 hierarchy, in which
 *     every OCI runtime makes the same groups
 * @param memoryPressure the same for memory
 * @param ioPressure the same for disks
 */
public record CgroupStats(
    long cpuUsageNanos,
    long memoryUsageBytes,
    long workingSetBytes,
    long rssBytes,
    long pageFaults,
    long majorPageFaults,
    long memoryLimitBytes,
    long swapUsageBytes,
    long swapLimitBytes,
    long pidsCurrent,
    long oomKills,
    @Nullable Pressure cpuPressure,
    @Nullable Pressure memoryPressure,
    @Nullable Pressure ioPressure) {}
