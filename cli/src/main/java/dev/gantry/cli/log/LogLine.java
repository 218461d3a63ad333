package dev.gantry.cli.log;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * One line of a log file in the CRI format: {@code TIME STREAM TAGS CONTENT}, where the first tag
 * is {@code P} for a piece of a line that goes on in the next one of the same stream, {@code F} for
 * the last piece. See the Kubernetes proposal "kubelet-cri-logging".
 *
 * @param time the moment of writing as it stands in the file, RFC 3339 with nanoseconds
 * @param stream where the container wrote it
 * @param partial whether the container's line goes on
 * @param bytes the line of the file without its line break
 * @param contentStart where in {@code bytes} the content begins
 */
@SuppressWarnings("ArrayRecordComponent") // a view of what was read, compared by nobody
public record LogLine(String time, Stream stream, boolean partial, byte[] bytes, int contentStart) {

  /** The stream of a container that a line was written to. */
  public enum Stream {
    STDOUT,
    STDERR;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Reads a line; empty when it is not in the CRI format. */
  public static Optional<LogLine> parse(byte[] line) {
    int afterTime = blank(line, 0);
    int afterStream = afterTime < 0 ? -1 : blank(line, afterTime + 1);
    if (afterStream < 0) {
      return Optional.empty();
    }
    int afterTags = blank(line, afterStream + 1);
    int tagsEnd = afterTags < 0 ? line.length : afterTags; // an empty line may lack the last blank
    String time = text(line, 0, afterTime);
    String tag = text(line, afterStream + 1, tagsEnd);
    tag = tag.contains(":") ? tag.substring(0, tag.indexOf(':')) : tag;
    Optional<Stream> stream =
        switch (text(line, afterTime + 1, afterStream)) {
          case "stdout" -> Optional.of(Stream.STDOUT);
          case "stderr" -> Optional.of(Stream.STDERR);
          default -> Optional.empty();
        };
    if (stream.isEmpty() || !(tag.equals("P") || tag.equals("F")) || moment(time).isEmpty()) {
      return Optional.empty();
    }
    int content = Math.min(tagsEnd + 1, line.length);
    return Optional.of(new LogLine(time, stream.get(), tag.equals("P"), line, content));
  }

  private static int blank(byte[] line, int from) {
    for (int i = from; i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static Optional<Instant> moment(String time) {
    try {
      return Optional.of(OffsetDateTime.parse(time).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** When the line was written. */
  public Instant moment() {
    return moment(time).orElse(Instant.EPOCH);
  }

  /** How many bytes the content has. */
  public int contentLength() {
    return bytes.length - contentStart;
  }
}
