package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code {"Width":80,"Height":24}} after {@code {"Width":80,"Height":24}}. What is none is
 * skipped.
 */
final class ResizeReader {
  private static final Pattern WIDTH = Pattern.compile("(?i)\"width\"\\s*:\\s*(\\d{1,5})");
  private static final Pattern HEIGHT = Pattern.compile("(?i)\"height\"\\s*:\\s*(\\d{1,5})");
  private static final int LARGEST = 0xFFFF;

  private final StringBuilder text = new StringBuilder();

  /** Who is told. */
  @FunctionalInterface
  interface Listener {
    void size(int rows, int columns);
  }

  void read(ByteBuf data, Listener listener) {
    text.append(data.toString(StandardCharsets.US_ASCII));
    for (int end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      String object = text.substring(0, end);
      text.delete(0, end + 1);
      Matcher width = WIDTH.matcher(object);
      Matcher height = HEIGHT.matcher(object);
      if (width.find() && height.find()) {
        listener.size(
            Math.min(LARGEST, Integer.parseInt(height.group(1))),
            Math.min(LARGEST, Integer.parseInt(width.group(1))));
      }
    }
    if (text.length() > Limits.RESIZE_BYTES) {
      text.setLength(0);
    }
  }
}
