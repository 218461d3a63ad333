package dev.gantry.linux.cgroup;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.CgroupDetails.DiskIo;
import dev.gantry.linux.cgroup.CgroupDetails.HugePages;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what cAdvisor tells beyond the CRI's statistics, on both versions. */
final class DetailsReader {
  /** Version 1 counts these in USER_HZ, hundredths of a second on every machine Gantry runs on. */
  private static final long NANOS_PER_TICK = 10_000_000L;

  private static final long NANOS_PER_MICRO = 1_000L;

  private static final Pattern HUGE_V1 =
      Pattern.compile("hugetlb\\.([0-9]+[KMG]B)\\.usage_in_bytes");
  private static final Pattern HUGE_V2 = Pattern.compile("hugetlb\\.([0-9]+[KMG]B)\\.current");
  private static final Pattern DEVICE = Pattern.compile("[0-9]+:[0-9]+");

  private final UsageFiles files;
  private final Optional<Path> hugetlb;

  /**
   * @param hugetlb the group's directory in that controller's hierarchy
   */
  DetailsReader(UsageFiles files, Optional<Path> hugetlb) {
    this.files = files;
    this.hugetlb = hugetlb;
  }

  CgroupDetails v1(CgroupStats stats) throws LinuxException {
    Map<String, Long> cpu = files.pairs("cpuacct", "cpuacct.stat");
    Map<String, Long> quota = files.pairs("cpu", "cpu.stat");
    Map<String, Long> memory = files.pairs("memory", "memory.stat");
    return new CgroupDetails(
        stats,
        cpu.getOrDefault("user", 0L) * NANOS_PER_TICK,
        cpu.getOrDefault("system", 0L) * NANOS_PER_TICK,
        quota.getOrDefault("nr_periods", 0L),
        quota.getOrDefault("nr_throttled", 0L),
        quota.getOrDefault("throttled_time", 0L),
        memory.getOrDefault("total_cache", 0L),
        files.number("memory", "memory.kmem.usage_in_bytes", 0),
        memory.getOrDefault("total_mapped_file", 0L),
        files.number("memory", "memory.failcnt", 0),
        files.number("memory", "memory.max_usage_in_bytes", 0),
        memory.getOrDefault("pgfault", 0L),
        memory.getOrDefault("pgmajfault", 0L),
        files.limit("pids", "pids.max"),
        hugePages(HUGE_V1, "hugetlb.%s.max_usage_in_bytes"),
        disksV1());
  }

  CgroupDetails v2(CgroupStats stats) throws LinuxException {
    Map<String, Long> cpu = files.pairs("cpu", "cpu.stat");
    Map<String, Long> memory = files.pairs("memory", "memory.stat");
    return new CgroupDetails(
        stats,
        cpu.getOrDefault("user_usec", 0L) * NANOS_PER_MICRO,
        cpu.getOrDefault("system_usec", 0L) * NANOS_PER_MICRO,
        cpu.getOrDefault("nr_periods", 0L),
        cpu.getOrDefault("nr_throttled", 0L),
        cpu.getOrDefault("throttled_usec", 0L) * NANOS_PER_MICRO,
        memory.getOrDefault("file", 0L),
        memory.getOrDefault("kernel", memory.getOrDefault("kernel_stack", 0L)),
        memory.getOrDefault("file_mapped", 0L),
        files.pairs("memory", "memory.events").getOrDefault("max", 0L),
        files.number("memory", "memory.peak", stats.memoryUsageBytes()),
        stats.pageFaults(),
        stats.majorPageFaults(),
        files.limit("pids", "pids.max"),
        hugePages(HUGE_V2, null),
        disksV2());
  }

  private Map<String, HugePages> hugePages(Pattern usage, @Nullable String peak)
      throws LinuxException {
    var pages = new TreeMap<String, HugePages>();
    for (String name : names()) {
      Matcher matcher = usage.matcher(name);
      if (matcher.matches()) {
        long bytes = files.number("hugetlb", name, 0);
        String size = matcher.group(1);
        pages.put(
            size,
            new HugePages(
                bytes,
                peak == null ? bytes : files.number("hugetlb", peak.formatted(size), bytes)));
      }
    }
    return pages;
  }

  private Set<String> names() {
    var names = new TreeSet<String>();
    if (hugetlb.isPresent() && Files.isDirectory(hugetlb.get())) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(hugetlb.get(), "hugetlb.*")) {
        entries.forEach(entry -> names.add(entry.getFileName().toString()));
      } catch (IOException | DirectoryIteratorException removedMeanwhile) {
        return names;
      }
    }
    return names;
  }

  /** Lines such as {@code 8:0 Read 4096}, one file for bytes and one for operations. */
  private List<DiskIo> disksV1() throws LinuxException {
    var found = new TreeMap<String, long[]>();
    count("blkio.throttle.io_service_bytes", 0, found);
    count("blkio.throttle.io_serviced", 2, found);
    return disks(found);
  }

  private void count(String file, int first, Map<String, long[]> found) throws LinuxException {
    List<String> lines = files.lines("blkio", file + "_recursive");
    for (String line : lines.isEmpty() ? files.lines("blkio", file) : lines) {
      String[] parts = line.split(" ", -1);
      if (parts.length == 3 && DEVICE.matcher(parts[0]).matches()) {
        long[] counts = found.computeIfAbsent(parts[0], device -> new long[4]);
        switch (parts[1]) {
          case "Read" -> counts[first] = CgroupFile.parse(parts[2]);
          case "Write" -> counts[first + 1] = CgroupFile.parse(parts[2]);
          default -> {}
        }
      }
    }
  }

  /** Lines such as {@code 8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0}. */
  private List<DiskIo> disksV2() throws LinuxException {
    var found = new TreeMap<String, long[]>();
    List<String> order = List.of("rbytes", "wbytes", "rios", "wios");
    for (String line : files.lines("io", "io.stat")) {
      String[] parts = line.split(" ", -1);
      if (DEVICE.matcher(parts[0]).matches()) {
        long[] counts = found.computeIfAbsent(parts[0], device -> new long[4]);
        for (int i = 1; i < parts.length; i++) {
          int equals = parts[i].indexOf('=');
          int index = equals < 0 ? -1 : order.indexOf(parts[i].substring(0, equals));
          if (index >= 0) {
            counts[index] = CgroupFile.parse(parts[i].substring(equals + 1));
          }
        }
      }
    }
    return disks(found);
  }

  private static List<DiskIo> disks(Map<String, long[]> found) {
    var disks = new ArrayList<DiskIo>();
    found.forEach((device, n) -> disks.add(new DiskIo(device, n[0], n[1], n[2], n[3])));
    return disks;
  }
}
