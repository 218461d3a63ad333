package dev.gantry.daemon.container;

import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a conmon has read so far, and how far its log has come.
 *
 * @param readBytes by all its reads, see proc_pid_io(5): a container's output, for the most part
 * @param log the file that has the log's name
 */
record LogFlow(long readBytes, FileStat log) {
  /**
   * What conmon may read besides output: counters of its event loop, an order to reopen its log.
   */
  static final long NOISE_BYTES = 64;

  private static final String READ = "rchar: ";

  /** Empty when the monitor has ended, its log is not there, or the kernel does not count. */
  static Optional<LogFlow> of(ProcessId monitor, Path log) {
    try {
      Optional<FileStat> file = At.find(At.CWD, log.toString(), false);
      for (String line : Files.readAllLines(Path.of("/proc/" + monitor.pid() + "/io"))) {
        if (line.startsWith(READ) && monitor.present()) {
          long read = Long.parseLong(line.substring(READ.length()));
          return file.map(stat -> new LogFlow(read, stat));
        }
      }
      return Optional.empty();
    } catch (IOException ended) {
      return Optional.empty();
    }
  }

  /**
   * How much more was read since then than the log has grown, which is negative where nothing is
   * missing, as each line gets its time; 0 across a rotation, which hides what the old file got.
   */
  long missingSince(LogFlow earlier) {
    return log.sameFile(earlier.log)
        ? (readBytes - earlier.readBytes) - (log.size() - earlier.log.size())
        : 0;
  }
}
