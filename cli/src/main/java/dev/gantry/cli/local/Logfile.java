package dev.gantry.cli.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The end of a plain log file. */
public final class Logfile {
  private static final int MOST = 16 << 10;

  private Logfile() {}

  /** The last lines of a file, at most so many; empty when there is nothing to show. */
  public static Optional<String> tail(Path file, int lines) {
    try (FileChannel channel = FileChannel.open(file)) {
      int length = (int) Math.min(MOST, channel.size());
      ByteBuffer end = ByteBuffer.allocate(length);
      channel.read(end, channel.size() - length);
      List<String> all =
          new String(end.array(), 0, end.position(), StandardCharsets.UTF_8).lines().toList();
      List<String> last = all.subList(Math.max(0, all.size() - lines), all.size());
      return last.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", last));
    } catch (IOException e) {
      return Optional.empty(); // there is no log to show
    }
  }
}
