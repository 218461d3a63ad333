package dev.gantry.container;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What conmon says about a create: {@code {"pid": 4711}} or {@code {"pid": -1, "message": "…"}}.
 *
 * <p>conmon writes this JSON by hand ({@code src/parent_pipe_fd.c}): bytes that are no UTF-8 come
 * as they are, and a message may hold what a strict parser refuses.
 *
 * @param pid the container's first process, or below 1 when the create failed
 * @param message what the runtime wrote to its error output; empty when there is none
 */
record SyncMessage(int pid, String message) {
  private static final Pattern LINE =
      Pattern.compile(
          "\\{\\s*\"(?:pid|data)\":\\s*(-?\\d{1,10})\\s*(?:,\\s*\"message\":\\s*\"(.*)\"\\s*)?\\}\\s*",
          Pattern.DOTALL);

  /** Reads one line; empty when it is nothing that conmon writes. */
  static Optional<SyncMessage> parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long pid = Long.parseLong(matcher.group(1));
    if (pid != (int) pid) {
      return Optional.empty();
    }
    String message = matcher.group(2);
    return Optional.of(new SyncMessage((int) pid, message == null ? "" : unescape(message)));
  }

  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        plain.append(c);
        continue;
      }
      char escape = text.charAt(++i);
      switch (escape) {
        case 'n' -> plain.append('\n');
        case 't' -> plain.append('\t');
        case 'u' -> i += unicode(text, i + 1, plain);
        default -> plain.append(escape);
      }
    }
    return plain.toString();
  }

  /** Appends the character of four hexadecimal digits; returns how many characters were used. */
  private static int unicode(String text, int at, StringBuilder plain) {
    if (at + 4 > text.length()) {
      return 0;
    }
    try {
      plain.append((char) Integer.parseInt(text, at, at + 4, 16));
      return 4;
    } catch (NumberFormatException notHex) {
      return 0;
    }
  }
}
