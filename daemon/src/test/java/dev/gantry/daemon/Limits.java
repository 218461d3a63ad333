package dev.gantry.daemon;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The limits that the kernel has for a cgroup, under the names and in the words of version 1,
 * whichever version the host has.
 */
record Limits(CgroupHost host) {
  private static final Map<String, String> BLKIO =
      Map.of(
          "blkio.throttle.read_bps_device", "rbps",
          "blkio.throttle.write_bps_device", "wbps",
          "blkio.throttle.read_iops_device", "riops",
          "blkio.throttle.write_iops_device", "wiops");

  /**
   * The text of a file such as {@code cpu.cfs_quota_us}.
   *
   * @param cgroup path below the hierarchies' roots
   */
  String read(String cgroup, String file) throws IOException {
    String controller = file.substring(0, file.indexOf('.'));
    return host.mode() == CgroupMode.V2
        ? second(directory(cgroup, controller), file)
        : text(directory(cgroup, controller), file);
  }

  /** Whether the cgroup has these cpu shares, or on version 2 the weight that they stand for. */
  boolean hasShares(String cgroup, long shares) throws IOException {
    Path dir = directory(cgroup, "cpu");
    return host.mode() == CgroupMode.V2
        ? text(dir, "cpu.weight").equals("" + (1 + (shares - 2) * 9999 / 262_142))
        : text(dir, "cpu.shares").equals("" + shares);
  }

  private Path directory(String cgroup, String controller) {
    Path root = host.mode() == CgroupMode.V2 ? host.unified() : host.v1().get(controller);
    return requireNonNull(root).resolve(cgroup.substring(1));
  }

  private static String text(Path dir, String file) throws IOException {
    return Files.readString(dir.resolve(file)).strip();
  }

  private static String second(Path dir, String file) throws IOException {
    return switch (file) {
      case "cpu.cfs_quota_us" -> text(dir, "cpu.max").split(" ", -1)[0].replace("max", "-1");
      case "cpu.cfs_period_us" -> text(dir, "cpu.max").split(" ", -1)[1];
      case "memory.limit_in_bytes" -> text(dir, "memory.max");
      case "memory.memsw.limit_in_bytes" ->
          sum(text(dir, "memory.max"), text(dir, "memory.swap.max"));
      case "hugetlb.2MB.limit_in_bytes" -> text(dir, "hugetlb.2MB.max");
      default ->
          BLKIO.containsKey(file)
              ? ofDevices(text(dir, "io.max"), requireNonNull(BLKIO.get(file)))
              : text(dir, file);
    };
  }

  private static String sum(String memory, String swap) {
    return memory.equals("max") || swap.equals("max")
        ? "max"
        : Long.toString(Long.parseLong(memory) + Long.parseLong(swap));
  }

  /** From lines such as {@code 7:0 rbps=1 wbps=max riops=max wiops=max}. */
  private static String ofDevices(String lines, String key) {
    return lines
        .lines()
        .filter(line -> line.contains(key + "=") && !line.contains(key + "=max"))
        .map(line -> line.replaceFirst("^(\\S+) .*\\b" + key + "=(\\d+).*$", "$1 $2"))
        .collect(joining("\n"));
  }
}
