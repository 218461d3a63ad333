package dev.gantry.streaming;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a command ended, as version 4 of the protocol puts it on the error stream: a {@code
 * metav1.Status} of Kubernetes in JSON, with the exit code as a cause.
 */
public final class ExitStatusJson {
  /** A cause of this type has the exit code as its message. */
  private static final String EXIT_CODE = "ExitCode";

  private static final Pattern CODE =
      Pattern.compile("\"reason\"\\s*:\\s*\"ExitCode\"\\s*,\\s*\"message\"\\s*:\\s*\"(\\d{1,9})\"");
  private static final Pattern SUCCESS = Pattern.compile("\"status\"\\s*:\\s*\"Success\"");
  private static final Pattern MESSAGE =
      Pattern.compile("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.){0,8192})\"");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");

  private ExitStatusJson() {}

  /** An answer read from the error stream: an exit code, or why there is none. */
  public sealed interface Outcome {
    /** The command ended. */
    record Exited(int code) implements Outcome {}

    /** It did not run, or nobody knows. */
    record Failed(String message) implements Outcome {}
  }

  /** The command exited with this code. */
  public static String exited(int code) {
    if (code == 0) {
      return "{\"metadata\":{},\"status\":\"Success\"}";
    }
    return "{\"metadata\":{},\"status\":\"Failure\","
        + "\"message\":\""
        + nonZero(code)
        + "\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\""
        + EXIT_CODE
        + "\",\"message\":\""
        + code
        + "\"}]}}";
  }

  /** What versions before 4 say of an exit code other than 0; their clients know these words. */
  public static String nonZero(int code) {
    return "command terminated with non-zero exit code: exit status " + code;
  }

  /** The command did not run, or was lost. */
  public static String failed(String message) {
    String text = quoted(message);
    return "{\"metadata\":{},\"status\":\"Failure\",\"message\":"
        + text
        + ",\"reason\":\"InternalError\",\"details\":{\"causes\":[{\"message\":"
        + text
        + "}]},\"code\":500}";
  }

  private static String quoted(String text) {
    var out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7F || Character.isSurrogate(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** Reads what a server of any make answered; an older one's plain text is a failure. */
  public static Outcome parse(String text) {
    if (SUCCESS.matcher(text).find()) {
      return new Outcome.Exited(0);
    }
    Matcher code = CODE.matcher(text);
    if (code.find()) {
      return new Outcome.Exited(Integer.parseInt(code.group(1)));
    }
    return new Outcome.Failed(message(text).orElse(text.strip()));
  }

  private static Optional<String> message(String text) {
    Matcher message = MESSAGE.matcher(text);
    if (!message.find()) {
      return Optional.empty();
    }
    return Optional.of(
        ESCAPE
            .matcher(message.group(1))
            .replaceAll(escape -> Matcher.quoteReplacement(unescaped(escape.group(1)))));
  }

  private static String unescaped(String escape) {
    return switch (escape.charAt(0)) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'u' ->
          escape.length() == 5
              ? Character.toString((char) Integer.parseInt(escape.substring(1), 16))
              : escape;
      default -> escape;
    };
  }
}
