package dev.gantry.agent.cgroup;

import dev.gantry.linux.cgroup.CgroupLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Slices of systemd, by systemctl: what is written to their cgroups by hand it would undo. */
final class Slices {
  private static final long PATIENCE_SECONDS = 20;

  private Slices() {}

  static void ensure(String path, CgroupLimits limits) throws IOException {
    String slice = path.substring(path.lastIndexOf('/') + 1);
    systemctl(List.of("start", slice));
    List<String> properties = properties(limits);
    if (!properties.isEmpty()) {
      List<String> command = new ArrayList<>(List.of("set-property", "--runtime", slice));
      command.addAll(properties);
      systemctl(command);
    }
  }

  /** The limits as systemd.resource-control(5) writes them. */
  static List<String> properties(CgroupLimits limits) {
    List<String> properties = new ArrayList<>();
    Long shares = limits.cpuShares();
    if (shares != null) {
      properties.add("CPUWeight=" + weight(shares));
    }
    Long quota = limits.cpuQuotaMicros();
    Long period = limits.cpuPeriodMicros();
    if (quota != null && period != null) {
      properties.add("CPUQuota=" + Math.max(1, Math.ceilDiv(quota * 100, period)) + "%");
    }
    Long memory = limits.memoryBytes();
    if (memory != null) {
      properties.add("MemoryMax=" + memory);
    }
    return properties;
  }

  static void stop(String path) throws IOException {
    systemctl(List.of("stop", path.substring(path.lastIndexOf('/') + 1)));
  }

  /** KEP 2254's formula. */
  private static long weight(long shares) {
    return 1 + ((shares - 2) * 9_999) / 262_142;
  }

  private static void systemctl(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("systemctl"));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output =
          new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(String.join(" ", command) + ": no end within 20 s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(String.join(" ", command) + ": interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
