package dev.gantry.cli.log;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows a container's log file, and follows it through rotations until the container has ended.
 *
 * <p>A rotation renames the file; the runtime then makes a new one of the old name, after which it
 * writes nothing more to the renamed one.
 */
public final class LogReader {
  private static final Duration PAUSE = Duration.ofMillis(100);
  // Runtimes cut lines at 16 KiB or less; what is much longer is no log.
  private static final int LONGEST_LINE = 4 << 20;

  private final Path file;
  private final LogOptions options;
  private final BooleanSupplier running;
  private final LogSink sink;
  private final ByteBuffer chunk = ByteBuffer.allocate(64 << 10);
  private byte[] pending = new byte[0]; // the beginning of a line whose end is not written yet

  /**
   * Prepares to read {@code file}; {@code running} tells whether the container may write more, and
   * is asked a few times a second while there is nothing to read.
   */
  public LogReader(
      Path file, LogOptions options, BooleanSupplier running, PrintStream out, PrintStream err) {
    this.file = file;
    this.options = options;
    this.running = running;
    this.sink = new LogSink(options, out, err);
  }

  /**
   * Writes the log to the container's streams.
   *
   * @throws CliFailure when there is no such file or it cannot be read
   */
  public void show() {
    try {
      Object key = waitForFile();
      boolean first = true;
      while (key != null) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          Object opened = fileKey();
          if (!key.equals(opened)) {
            key = opened == null ? waitForFile() : opened; // rotated while it was opened
            continue;
          }
          if (first && options.tail() >= 0) {
            channel.position(LogTail.start(channel, options.tail()));
          }
          first = false;
          key = readToEnd(channel, key);
        }
      }
    } catch (NoSuchFileException e) {
      throw CliFailure.of("read log " + file + ": no such file", e)
          .advise("logs are files of the machine that the runtime is on; run this there");
    } catch (IOException e) {
      throw CliFailure.of("read log " + file + ": " + e.getMessage(), e);
    }
  }

  /** Reads until there is no more; the answer is the key of a new file of the name, or null. */
  private @Nullable Object readToEnd(FileChannel channel, Object key) throws IOException {
    boolean ended = !options.follow();
    Object successor = null;
    for (int idle = 0; ; ) {
      if (readSome(channel)) {
        idle = 0;
      } else if (sink.full() || ended) {
        lastLine();
        return null;
      } else if (successor != null) {
        lastLine();
        return successor;
      } else {
        // Each of these is followed by another read, for what was written before it became so.
        Object now = fileKey();
        successor = now != null && !now.equals(key) ? now : null;
        ended = successor == null && idle++ % 5 == 0 && !running.getAsBoolean();
        if (successor == null && !ended) {
          pause();
        }
      }
      if (sink.full()) {
        return null;
      }
    }
  }

  private boolean readSome(FileChannel channel) throws IOException {
    if (channel.position() > channel.size()) {
      channel.position(0); // somebody emptied the file
    }
    chunk.clear();
    int count = channel.read(chunk);
    if (count <= 0) {
      return false;
    }
    byte[] bytes = chunk.array();
    int from = 0;
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        line(joined(bytes, from, i));
        from = i + 1;
      }
    }
    pending = joined(bytes, from, count);
    if (pending.length > LONGEST_LINE) {
      throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
    }
    return true;
  }

  private byte[] joined(byte[] bytes, int from, int to) {
    byte[] joined = Arrays.copyOf(pending, pending.length + to - from);
    System.arraycopy(bytes, from, joined, pending.length, to - from);
    pending = new byte[0];
    return joined;
  }

  private void lastLine() {
    if (pending.length > 0) {
      line(pending);
      pending = new byte[0];
    }
  }

  // What is not in the format is left out, as kubectl does: a crash may have cut a line.
  private void line(byte[] bytes) {
    LogLine.parse(bytes).ifPresent(sink::accept);
  }

  private Object waitForFile() throws IOException {
    while (true) {
      Object key = fileKey();
      if (key != null) {
        return key;
      }
      if (!options.follow() || !running.getAsBoolean()) {
        throw new NoSuchFileException(file.toString());
      }
      pause();
    }
  }

  private @Nullable Object fileKey() throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("read log: interrupted", e);
    }
  }

  /** The last lines of a log, for showing them in a message; empty when there is no log. */
  public static Optional<String> lastLines(Path file, int lines) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    var bytes = new java.io.ByteArrayOutputStream();
    var out = new PrintStream(bytes, false, java.nio.charset.StandardCharsets.UTF_8);
    var options = new LogOptions(false, lines, Optional.empty(), false, -1, Optional.empty());
    new LogReader(file, options, () -> false, out, out).show();
    out.flush();
    return Optional.of(bytes.toString(java.nio.charset.StandardCharsets.UTF_8));
  }
}
