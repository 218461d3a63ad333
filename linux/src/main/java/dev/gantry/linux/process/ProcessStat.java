package dev.gantry.linux.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The fields of {@code /proc/<pid>/stat} that this package needs; see proc_pid_stat(5).
 *
 * @param state one letter: R, S, D, T, Z, X …
 * @param parent the parent's process id
 * @param flags PF_… of the kernel's {@code include/linux/sched.h}
 * @param threads how many threads the process has
 * @param startTime clock ticks after boot
 * @param pending the signals 1 to 31 that wait for the process's first thread, as bits 0 to 30
 */
record ProcessStat(char state, int parent, long flags, int threads, long startTime, long pending) {
  private static final long PF_EXITING = 0x4;

  /** Longer than any line the kernel writes. */
  private static final int LIMIT = 4096;

  /** Reads a process's line; empty when there is no such process. */
  static Optional<ProcessStat> read(int pid) {
    if (pid <= 0) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(Path.of("/proc", Integer.toString(pid), "stat"))) {
      return Optional.of(parse(new String(in.readNBytes(LIMIT), StandardCharsets.ISO_8859_1)));
    } catch (IOException gone) {
      // ENOENT before the open, ESRCH between open and read: both mean that it is not there.
      return Optional.empty();
    }
  }

  /** The name in parentheses may hold spaces and parentheses: what counts follows the last one. */
  static ProcessStat parse(String line) {
    String[] fields = line.substring(line.lastIndexOf(')') + 2).strip().split(" ", -1);
    return new ProcessStat(
        fields[0].charAt(0),
        Integer.parseInt(fields[1]),
        Long.parseLong(fields[6]),
        Integer.parseInt(fields[17]),
        Long.parseLong(fields[19]),
        Long.parseLong(fields[28]));
  }

  /** Whether nothing of the process runs any more: it only waits to be reaped. */
  boolean dead() {
    // A leader whose other threads still run is shown as Z too.
    return state == 'X' || (state == 'Z' && threads <= 1);
  }

  /** Whether it is dead, on its way there or has been killed: nothing can keep it alive. */
  boolean ending() {
    return dead() || (flags & PF_EXITING) != 0 || (pending & 1L << (Signals.SIGKILL - 1)) != 0;
  }
}
