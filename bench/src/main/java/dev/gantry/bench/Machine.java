package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** What a reader of figures should know about the machine that they were taken on. */
final class Machine {
  private Machine() {}

  static void describe(Report report) throws IOException {
    report.fact("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    report.fact("kernel", Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
    report.fact("processors", Runtime.getRuntime().availableProcessors());
    report.fact("processor", processor());
    report.fact("java", Runtime.version().toString());
  }

  /** Load over the last minute; what is measured makes most of it, unless before. */
  static String load() throws IOException {
    String load = Files.readString(Path.of("/proc/loadavg"));
    return load.substring(0, load.indexOf(' '));
  }

  /** The first line that a program prints about its version. */
  static String version(Path program) {
    try {
      return Programs.run(List.of(program.toString(), "--version"))
          .lines()
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("unknown");
  }
}
