package dev.gantry.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What processes take, from proc(5). */
final class ProcessUse {
  private static final Path PROC = Path.of("/proc");

  private static final int UTIME = 11;
  private static final int STIME = 12;
  private static final long NANOS_PER_TICK = 10_000_000L;

  private ProcessUse() {}

  /**
   * Memory in KiB.
   *
   * @param rss resident
   * @param pss resident, with what is shared divided by those that share it
   */
  record Memory(long rss, long pss) {
    static final Memory NONE = new Memory(0, 0);

    Memory plus(Memory other) {
      return new Memory(rss + other.rss, pss + other.pss);
    }
  }

  /** The memory of a process; of one that has ended, none. */
  static Memory memory(long pid) {
    long rss = 0;
    long pss = 0;
    try {
      for (String line : Files.readAllLines(PROC.resolve(pid + "/smaps_rollup"))) {
        if (line.startsWith("Rss:")) {
          rss = number(line);
        } else if (line.startsWith("Pss:")) {
          pss = number(line);
        }
      }
    } catch (IOException ended) {
      return Memory.NONE;
    }
    return new Memory(rss, pss);
  }

  /** The most memory that a process has had resident so far, in MiB. */
  static double peakMebibytes(long pid) throws IOException {
    for (String line : Files.readAllLines(PROC.resolve(pid + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return number(line) / 1024.0;
      }
    }
    throw new IOException("/proc/" + pid + "/status has no VmHWM");
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("\\D+", ""));
  }

  /** The processes of a program whose command line mentions {@code text}. */
  static List<Long> find(String program, String text) throws IOException {
    List<Long> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        String[] command = commandLine(process);
        if (command[0].endsWith("/" + program) || command[0].equals(program)) {
          if (String.join(" ", command).contains(text)) {
            found.add(Long.parseLong(process.getFileName().toString()));
          }
        }
      }
    }
    return found;
  }

  private static String[] commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline")).split("\0", -1);
    } catch (IOException | UncheckedIOException ended) {
      return new String[] {""};
    }
  }

  /** CPU time in nanoseconds that each of the process's threads has had, by thread. */
  static Map<String, Long> cpuNanos(long pid) throws IOException {
    Map<String, Long> nanos = new HashMap<>();
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(PROC.resolve(String.valueOf(pid)).resolve("task"))) {
      for (Path task : tasks) {
        nanos.put(task.getFileName().toString(), taskNanos(task));
      }
    }
    return nanos;
  }

  /**
   * CPU time in nanoseconds that the process has had, its ended threads included; counted in
   * hundredths of a second.
   */
  static long cpuNanosWithEndedThreads(long pid) throws IOException {
    String stat = Files.readString(PROC.resolve(pid + "/stat"));
    // Behind the command's name, which may itself have blanks: field 3 of the manual is 0.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) * NANOS_PER_TICK;
  }

  private static long taskNanos(Path task) {
    try {
      String text = Files.readString(task.resolve("schedstat"));
      return Long.parseLong(text.substring(0, text.indexOf(' ')));
    } catch (IOException ended) {
      return 0;
    }
  }
}
