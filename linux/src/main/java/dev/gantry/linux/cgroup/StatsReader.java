package dev.gantry.linux.cgroup;

import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the usage that the CRI tells of, on both versions. */
final class StatsReader {
  /** There is no account of swap. */
  private static final long NONE = -1;

  private final UsageFiles files;

  StatsReader(UsageFiles files) {
    this.files = files;
  }

  /**
   * Version 1.
   *
   * @param unified the group's directory in the version 2 hierarchy of a hybrid host
   */
  CgroupStats v1(@Nullable Path unified) throws LinuxException {
    long usage = files.number("memory", "memory.usage_in_bytes", 0);
    Map<String, Long> stat = files.pairs("memory", "memory.stat");
    long limit = files.limit("memory", "memory.limit_in_bytes");
    long withSwap = files.number("memory", "memory.memsw.usage_in_bytes", NONE);
    long withSwapLimit = files.limit("memory", "memory.memsw.limit_in_bytes");
    return new CgroupStats(
        files.number("cpuacct", "cpuacct.usage", 0),
        usage,
        workingSet(usage, stat.getOrDefault("total_inactive_file", 0L)),
        stat.getOrDefault("total_rss", 0L),
        stat.getOrDefault("total_pgfault", 0L),
        stat.getOrDefault("total_pgmajfault", 0L),
        limit,
        withSwap == NONE ? NONE : stat.getOrDefault("total_swap", Math.max(0, withSwap - usage)),
        withSwapLimit == Long.MAX_VALUE || limit == Long.MAX_VALUE
            ? Long.MAX_VALUE
            : Math.max(0, withSwapLimit - limit),
        files.number("pids", "pids.current", 0),
        files.pairs("memory", "memory.oom_control").getOrDefault("oom_kill", 0L),
        UsageFiles.pressure(unified, "cpu.pressure"),
        UsageFiles.pressure(unified, "memory.pressure"),
        UsageFiles.pressure(unified, "io.pressure"));
  }

  /** Version 2. */
  CgroupStats v2(Path dir) throws LinuxException {
    long usage = files.number("memory", "memory.current", 0);
    Map<String, Long> stat = files.pairs("memory", "memory.stat");
    Map<String, Long> cpu = files.pairs("cpu", "cpu.stat");
    return new CgroupStats(
        Math.multiplyExact(cpu.getOrDefault("usage_usec", 0L), 1_000L),
        usage,
        workingSet(usage, stat.getOrDefault("inactive_file", 0L)),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("pgfault", 0L),
        stat.getOrDefault("pgmajfault", 0L),
        files.limit("memory", "memory.max"),
        files.number("memory", "memory.swap.current", NONE),
        files.limit("memory", "memory.swap.max"),
        files.number("pids", "pids.current", 0),
        files.pairs("memory", "memory.events").getOrDefault("oom_kill", 0L),
        UsageFiles.pressure(dir, "cpu.pressure"),
        UsageFiles.pressure(dir, "memory.pressure"),
        UsageFiles.pressure(dir, "io.pressure"));
  }

  private static long workingSet(long usage, long inactiveFile) {
    return Math.max(0, usage - inactiveFile);
  }
}
