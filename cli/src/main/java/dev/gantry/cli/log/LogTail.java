package dev.gantry.cli.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/** Finds where the last lines of a log file begin, reading from its end. */
final class LogTail {
  private static final int BLOCK = 64 << 10;
  // Enough of a line to see its tag: the longest time, `stderr`, tags.
  private static final int HEAD = 128;

  private final FileChannel channel;
  private final long wanted;

  private LogTail(FileChannel channel, long lines) {
    this.channel = channel;
    this.wanted = lines;
  }

  /**
   * The position in the file where the container's last {@code lines} lines begin. Pieces of one
   * line count as one.
   */
  static long start(FileChannel channel, long lines) throws IOException {
    return lines == 0 ? channel.size() : new LogTail(channel, lines).search();
  }

  private long search() throws IOException {
    long complete = 0;
    long start = channel.size(); // of the earliest line that is surely shown
    long lineEnd = channel.size();
    while (lineEnd > 0) {
      long lineStart = startOfLineBefore(lineEnd);
      if (endsLine(lineStart) && ++complete > wanted) {
        return start;
      }
      start = lineStart;
      lineEnd = lineStart;
    }
    return 0;
  }

  /** Where the line begins that ends, with its line break, right before {@code end}. */
  private long startOfLineBefore(long end) throws IOException {
    long to = end - 1; // its own line break does not count
    while (to > 0) {
      int length = (int) Math.min(BLOCK, to);
      byte[] block = read(to - length, length);
      for (int i = length - 1; i >= 0; i--) {
        if (block[i] == '\n') {
          return to - length + i + 1;
        }
      }
      to -= length;
    }
    return 0;
  }

  // A line that is not in the format is shown by nobody and counts for none.
  private boolean endsLine(long lineStart) throws IOException {
    byte[] head = read(lineStart, (int) Math.min(HEAD, channel.size() - lineStart));
    var line = new ByteArrayOutputStream();
    for (byte b : head) {
      if (b == '\n') {
        break;
      }
      line.write(b);
    }
    return LogLine.parse(line.toByteArray()).map(l -> !l.partial()).orElse(false);
  }

  private byte[] read(long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        break;
      }
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
