package dev.gantry.cli.log;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * Writes log lines to the streams that the container wrote them to, and joins the pieces of a line.
 */
final class LogSink {
  private final LogOptions options;
  private final Map<LogLine.Stream, PrintStream> targets = new EnumMap<>(LogLine.Stream.class);
  private final Map<LogLine.Stream, Boolean> insideLine = new EnumMap<>(LogLine.Stream.class);
  private long left;

  LogSink(LogOptions options, PrintStream out, PrintStream err) {
    this.options = options;
    this.left = options.limitBytes() < 0 ? Long.MAX_VALUE : options.limitBytes();
    targets.put(LogLine.Stream.STDOUT, out);
    targets.put(LogLine.Stream.STDERR, err);
  }

  /** Writes a line as far as the options want it. */
  void accept(LogLine line) {
    boolean wanted = options.stream().map(s -> s == line.stream()).orElse(true);
    if (!wanted || options.since().map(since -> line.moment().isBefore(since)).orElse(false)) {
      return;
    }
    PrintStream target = targets.get(line.stream());
    if (target == null) {
      return;
    }
    if (options.timestamps() && !insideLine.getOrDefault(line.stream(), false)) {
      byte[] prefix = (line.time() + " ").getBytes(StandardCharsets.ISO_8859_1);
      write(target, prefix, 0, prefix.length);
    }
    write(target, line.bytes(), line.contentStart(), line.contentLength());
    if (!line.partial()) {
      write(target, new byte[] {'\n'}, 0, 1);
    }
    insideLine.put(line.stream(), line.partial());
  }

  private void write(PrintStream target, byte[] bytes, int from, int length) {
    int allowed = (int) Math.min(length, left);
    target.write(bytes, from, allowed);
    left -= allowed;
  }

  /** Whether nothing more can be written: the limit is reached or the reader has gone. */
  boolean full() {
    return left <= 0 || targets.values().stream().anyMatch(PrintStream::checkError);
  }
}
