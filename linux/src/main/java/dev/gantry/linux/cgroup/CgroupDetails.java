package dev.gantry.linux.cgroup;

import java.util.List;
import java.util.Map;

/**
 * All that cAdvisor tells of a control group beyond {@link CgroupStats}; more files to read, so it
 * is only for who asks for it. What a version or kernel does not count is 0, or not in the map.
 *
 * @param stats read at the same time
 * @param cpuUserNanos CPU time outside the kernel, nanoseconds
 * @param cpuSystemNanos CPU time in the kernel, nanoseconds
 * @param periods how many enforcement periods of a CPU quota there were
 * @param throttledPeriods in how many of them the group had to wait
 * @param throttledNanos how long it waited
 * @param cacheBytes page cache
 * @param kernelBytes memory of the kernel itself
 * @param mappedFileBytes mapped files
 * @param memoryLimitHits how often usage hit the limit
 * @param memoryPeakBytes the most memory it ever used
 * @param ownPageFaults page faults of this very group; version 2 counts none apart
 * @param ownMajorPageFaults as {@code ownPageFaults}, those that waited for a disk
 * @param pidsLimit how many tasks there may be, or {@link Long#MAX_VALUE} for no limit
 * @param hugePages by page size as the kernel writes it, such as {@code 2MB}
 * @param disks by block device
 */
public record CgroupDetails(
    CgroupStats stats,
    long cpuUserNanos,
    long cpuSystemNanos,
    long periods,
    long throttledPeriods,
    long throttledNanos,
    long cacheBytes,
    long kernelBytes,
    long mappedFileBytes,
    long memoryLimitHits,
    long memoryPeakBytes,
    long ownPageFaults,
    long ownMajorPageFaults,
    long pidsLimit,
    Map<String, HugePages> hugePages,
    List<DiskIo> disks) {

  public CgroupDetails {
    hugePages = Map.copyOf(hugePages);
    disks = List.copyOf(disks);
  }

  /**
   * Huge pages of one size.
   *
   * @param bytes in use
   * @param peakBytes the most that ever were; version 2 does not tell, then as {@code bytes}
   */
  public record HugePages(long bytes, long peakBytes) {}

  /**
   * What went to and came from one block device.
   *
   * @param device {@code major:minor}
   * @param reads how many operations
   * @param writes how many operations
   */
  public record DiskIo(String device, long readBytes, long writeBytes, long reads, long writes) {}
}
