package dev.gantry.agent.podspec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What of /proc and /sys containers do not see or cannot change, unless procMount says otherwise.
 */
final class ProcPaths {
  static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private static final int MAX_CPUS = 8192;
  private static final List<String> ALWAYS_MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  private ProcPaths() {}

  /** Those of every machine, and the thermal state of this one's processors where it tells that. */
  static List<String> masked() {
    return OfMachine.MASKED;
  }

  /** Looked up when the first container is made. */
  private static final class OfMachine {
    static final List<String> MASKED =
        Stream.concat(
                ALWAYS_MASKED.stream(),
                IntStream.range(0, Math.min(processors(), MAX_CPUS))
                    .mapToObj(cpu -> "/sys/devices/system/cpu/cpu" + cpu + "/thermal_throttle")
                    .filter(path -> Files.exists(Path.of(path))))
            .toList();

    /** Also those that are offline or not this process's. */
    private static int processors() {
      int count = 0;
      while (Files.exists(Path.of("/sys/devices/system/cpu/cpu" + count)) && count < MAX_CPUS) {
        count++;
      }
      return count;
    }
  }
}
