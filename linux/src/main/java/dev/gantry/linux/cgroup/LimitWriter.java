package dev.gantry.linux.cgroup;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes limits in the order the kernel accepts. */
final class LimitWriter {
  private static final long DEFAULT_PERIOD = 100_000;

  private final Function<String, Optional<Path>> directories;

  LimitWriter(Function<String, Optional<Path>> directories) {
    this.directories = directories;
  }

  void v1(CgroupLimits limits) throws LinuxException {
    put("cpu", "cpu.shares", limits.cpuShares());
    cpuQuota(limits.cpuPeriodMicros(), limits.cpuQuotaMicros());
    put("cpuset", "cpuset.cpus", limits.cpusetCpus());
    put("cpuset", "cpuset.mems", limits.cpusetMems());
    memory(limits.memoryBytes(), limits.memorySwapBytes());
    put("pids", "pids.max", max(limits.pids()));
    for (Map.Entry<String, Long> page : new TreeMap<>(limits.hugepageBytes()).entrySet()) {
      put("hugetlb", "hugetlb." + page.getKey() + ".limit_in_bytes", page.getValue());
    }
  }

  /** A new period can be refused beside the old quota: then the quota goes first. */
  private void cpuQuota(@Nullable Long period, @Nullable Long quota) throws LinuxException {
    try {
      put("cpu", "cpu.cfs_period_us", period);
      put("cpu", "cpu.cfs_quota_us", quota);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL || period == null || quota == null) {
        throw e;
      }
      put("cpu", "cpu.cfs_quota_us", quota);
      put("cpu", "cpu.cfs_period_us", period);
    }
  }

  /** Memory alone may never exceed memory with swap, so the one that makes room goes first. */
  private void memory(@Nullable Long bytes, @Nullable Long withSwap) throws LinuxException {
    Optional<Path> swapFile =
        directories
            .apply("memory")
            .map(dir -> dir.resolve("memory.memsw.limit_in_bytes"))
            .filter(Files::exists);
    if (withSwap == null || swapFile.isEmpty()) {
      put("memory", "memory.limit_in_bytes", bytes);
      return;
    }
    long current = CgroupFile.readLong(swapFile.get(), Long.MAX_VALUE);
    boolean raise = withSwap < 0 || withSwap > current;
    if (raise) {
      CgroupFile.write(swapFile.get(), Long.toString(withSwap));
    }
    put("memory", "memory.limit_in_bytes", bytes);
    if (!raise) {
      CgroupFile.write(swapFile.get(), Long.toString(withSwap));
    }
  }

  private void put(String controller, String file, @Nullable Object value) throws LinuxException {
    if (value == null) {
      return;
    }
    Path dir =
        directories
            .apply(controller)
            .orElseThrow(() ->
                new LinuxException(
                    "write",
                    file + " = " + value,
                    Errno.ENOENT,
                    "the " + controller + " controller is not mounted"));
    CgroupFile.write(dir.resolve(file), value.toString());
  }

  static void v2(Path dir, CgroupLimits limits) throws LinuxException {
    Long shares = limits.cpuShares();
    set(dir, "cpu.weight", shares == null ? null : Long.toString(CgroupLimits.weight(shares)));
    set(dir, "cpu.max", cpuMax(dir, limits));
    set(dir, "cpuset.cpus", limits.cpusetCpus());
    set(dir, "cpuset.mems", limits.cpusetMems());
    // Lowering memory first, then swap, never lets the two together grow on the way.
    set(dir, "memory.max", max(limits.memoryBytes()));
    if (Files.exists(dir.resolve("memory.swap.max"))) {
      set(dir, "memory.swap.max", swapMax(limits));
    }
    set(dir, "pids.max", max(limits.pids()));
    for (Map.Entry<String, Long> page : new TreeMap<>(limits.hugepageBytes()).entrySet()) {
      set(dir, "hugetlb." + page.getKey() + ".max", max(page.getValue()));
    }
    for (Map.Entry<String, String> file : new TreeMap<>(limits.unified()).entrySet()) {
      set(dir, file.getKey(), file.getValue());
    }
  }

  private static @Nullable String cpuMax(Path dir, CgroupLimits limits) throws LinuxException {
    Long quota = limits.cpuQuotaMicros();
    Long period = limits.cpuPeriodMicros();
    if (quota == null && period == null) {
      return null;
    }
    String[] now = CgroupFile.read(dir.resolve("cpu.max")).orElse("").strip().split(" ", -1);
    String most = quota == null ? (now[0].isEmpty() ? "max" : now[0]) : max(quota);
    String per = now.length > 1 ? now[1] : Long.toString(DEFAULT_PERIOD);
    return most + " " + (period == null ? per : period.toString());
  }

  /** Version 2 limits swap alone, the spec gives memory and swap together. */
  private static @Nullable String swapMax(CgroupLimits limits) {
    Long both = limits.memorySwapBytes();
    Long memory = limits.memoryBytes();
    if (both == null || both < 0) {
      return max(both);
    }
    if (memory == null || memory < 0 || memory > both) {
      throw new IllegalArgumentException(
          "a limit of memory with swap (" + both + ") needs one of memory that is not above it");
    }
    return Long.toString(both - memory);
  }

  private static void set(Path dir, String file, @Nullable String value) throws LinuxException {
    if (value != null) {
      CgroupFile.write(dir.resolve(file), value);
    }
  }

  private static @Nullable String max(@Nullable Long value) {
    return value == null ? null : value < 0 ? "max" : value.toString();
  }
}
