package dev.gantry.linux.cgroup;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the usage files of both versions. */
final class StatsReader {
  /** Version 1 writes "no limit" as the largest multiple of a page below 2^63. */
  private static final long NO_LIMIT = 1L << 62;

  private final Function<String, Optional<Path>> directories;

  StatsReader(Function<String, Optional<Path>> directories) {
    this.directories = directories;
  }

  CgroupStats v1() throws LinuxException {
    long usage = number("memory", "memory.usage_in_bytes", 0);
    Map<String, Long> stat = pairs(file("memory", "memory.stat"));
    long withSwap = number("memory", "memory.memsw.usage_in_bytes", usage);
    return new CgroupStats(
        number("cpuacct", "cpuacct.usage", 0),
        usage,
        workingSet(usage, stat.getOrDefault("total_inactive_file", 0L)),
        stat.getOrDefault("total_rss", 0L),
        stat.getOrDefault("total_pgfault", 0L),
        stat.getOrDefault("total_pgmajfault", 0L),
        limit(number("memory", "memory.limit_in_bytes", Long.MAX_VALUE)),
        stat.getOrDefault("total_swap", Math.max(0, withSwap - usage)),
        number("pids", "pids.current", 0),
        pairs(file("memory", "memory.oom_control")).getOrDefault("oom_kill", 0L),
        null,
        null,
        null);
  }

  static CgroupStats v2(Path dir) throws LinuxException {
    long usage = CgroupFile.readLong(dir.resolve("memory.current"), 0);
    Map<String, Long> stat = pairs(dir.resolve("memory.stat"));
    Map<String, Long> cpu = pairs(dir.resolve("cpu.stat"));
    return new CgroupStats(
        Math.multiplyExact(cpu.getOrDefault("usage_usec", 0L), 1_000L),
        usage,
        workingSet(usage, stat.getOrDefault("inactive_file", 0L)),
        stat.getOrDefault("anon", 0L),
        stat.getOrDefault("pgfault", 0L),
        stat.getOrDefault("pgmajfault", 0L),
        limit(CgroupFile.readLong(dir.resolve("memory.max"), Long.MAX_VALUE)),
        CgroupFile.readLong(dir.resolve("memory.swap.current"), 0),
        CgroupFile.readLong(dir.resolve("pids.current"), 0),
        pairs(dir.resolve("memory.events")).getOrDefault("oom_kill", 0L),
        pressure(dir.resolve("cpu.pressure")),
        pressure(dir.resolve("memory.pressure")),
        pressure(dir.resolve("io.pressure")));
  }

  private static @Nullable Pressure pressure(Path file) throws LinuxException {
    try {
      return CgroupFile.read(file).map(Pressure::parse).orElse(null);
    } catch (LinuxException e) {
      if (e.errno() == Errno.EOPNOTSUPP) {
        return null; // the kernel was started with psi=0
      }
      throw e;
    }
  }

  private static long workingSet(long usage, long inactiveFile) {
    return Math.max(0, usage - inactiveFile);
  }

  private static long limit(long value) {
    return value >= NO_LIMIT ? Long.MAX_VALUE : value;
  }

  private @Nullable Path file(String controller, String name) {
    return directories.apply(controller).map(dir -> dir.resolve(name)).orElse(null);
  }

  private long number(String controller, String name, long absent) throws LinuxException {
    Path file = file(controller, name);
    return file == null ? absent : CgroupFile.readLong(file, absent);
  }

  /** Lines of a name and a number; empty when the file is not there. */
  private static Map<String, Long> pairs(@Nullable Path file) throws LinuxException {
    Map<String, Long> map = new HashMap<>();
    String text = file == null ? "" : CgroupFile.read(file).orElse("");
    for (String line : text.split("\n", -1)) {
      int blank = line.indexOf(' ');
      if (blank > 0) {
        map.put(line.substring(0, blank), CgroupFile.parse(line.substring(blank + 1)));
      }
    }
    return map;
  }
}
