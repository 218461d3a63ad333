package dev.gantry.daemon.container;

import dev.gantry.container.LogWriter;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a log's writer has read so far, and how far its log has come.
 *
 * @param readBytes see {@link LogWriter#readBytes}
 * @param log the file that has the log's name
 */
record LogFlow(long readBytes, FileStat log) {
  /** What it may read besides output: counters of its event loop, an order to reopen its log. */
  static final long NOISE_BYTES = 64;

  /** Empty when the writer has ended, its log is not there, or the kernel does not count. */
  static Optional<LogFlow> of(LogWriter writer, Path log) {
    try {
      Optional<FileStat> file = At.find(At.CWD, log.toString(), false);
      OptionalLong read = writer.readBytes();
      return read.isPresent()
          ? file.map(stat -> new LogFlow(read.getAsLong(), stat))
          : Optional.empty();
    } catch (LinuxException gone) {
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
