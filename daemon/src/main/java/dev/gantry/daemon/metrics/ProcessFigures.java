package dev.gantry.daemon.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel tells of this process.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat(5)</a>
 */
record ProcessFigures(double cpuSeconds, long threads, long virtualBytes, long residentBytes) {
  /** Kernels on the machines that Gantry runs on count in hundredths of a second: USER_HZ. */
  private static final double TICKS = 100;

  // Indices behind the command's name, which may itself have blanks: field 3 of the manual is 0.
  private static final int UTIME = 11;
  private static final int STIME = 12;
  private static final int THREADS = 17;
  private static final int VSIZE = 20;

  static ProcessFigures read() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
      return new ProcessFigures(
          (number(fields, UTIME) + number(fields, STIME)) / TICKS,
          number(fields, THREADS),
          number(fields, VSIZE),
          resident());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // The one in stat is an estimate that lags behind by some pages for each thread.
  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    return 0;
  }

  private static long number(List<String> fields, int index) {
    return Long.parseLong(fields.get(index));
  }

  static double openFiles() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      long count = 0;
      for (Path _ : files) {
        count++;
      }
      return count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double startSeconds() {
    return ProcessHandle.current()
        .info()
        .startInstant()
        .map(start -> start.toEpochMilli() / 1000.0)
        .orElse(0.0);
  }

  static double heapUsed() {
    return (double) Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
