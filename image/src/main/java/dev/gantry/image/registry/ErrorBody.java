package dev.gantry.image.registry;

import dev.gantry.image.http.HttpAnswer;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a registry says in the body of an error, made fit for one line. */
final class ErrorBody {
  private static final int MOST_BYTES = 16 * 1024;
  private static final int MOST_CHARS = 300;

  private ErrorBody() {}

  /**
   * Status, its name and the message, as in {@code 404 Not Found: MANIFEST_UNKNOWN: …}.
   *
   * @param asked where the request went; the body of another host that it was redirected to is not
   *     shown, as that may be one which only this node reaches
   */
  static String describe(HttpAnswer answer, URI asked) {
    String text = status(answer.status());
    if (!Origin.same(asked, answer.uri())) {
      answer.close();
      return text + " from " + Origin.of(answer.uri()) + ", where it redirected to";
    }
    String message;
    try {
      message = message(answer.bytes(MOST_BYTES));
    } catch (IOException unreadable) {
      message = "";
    }
    return message.isEmpty() ? text : text + ": " + message;
  }

  static String message(byte[] body) {
    String found = fromJson(body);
    return found == null ? oneLine(new String(body, StandardCharsets.UTF_8)) : oneLine(found);
  }

  private static @Nullable String fromJson(byte[] body) {
    try {
      Object json = OciJson.parse(body, Object.class);
      if (!(json instanceof Map<?, ?> map)) {
        return null;
      }
      if (map.get("errors") instanceof List<?> errors
          && !errors.isEmpty()
          && errors.getFirst() instanceof Map<?, ?> first) {
        String code = string(first, "code");
        String message = string(first, "message");
        return code.isEmpty() || message.isEmpty() ? code + message : code + ": " + message;
      }
      for (String key : new String[] {"error_description", "message", "details", "error"}) {
        if (map.get(key) instanceof String s && !s.isEmpty()) {
          return s;
        }
      }
      return null;
    } catch (RuntimeException notJson) {
      return null;
    }
  }

  private static String string(Map<?, ?> map, String key) {
    return map.get(key) instanceof String s ? s : "";
  }

  /** Without what would break a log's line or a terminal, and no longer than a line should be. */
  static String oneLine(String text) {
    if (text.stripLeading().toLowerCase(Locale.ROOT).startsWith("<")) {
      return ""; // a proxy's HTML page tells less than the status
    }
    var out = new StringBuilder();
    text.codePoints().limit(MOST_CHARS).forEach(c -> out.appendCodePoint(unfit(c) ? ' ' : c));
    return out.toString().strip();
  }

  private static boolean unfit(int c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || Character.getType(c) == Character.SURROGATE
        || Character.getType(c) == Character.LINE_SEPARATOR
        || Character.getType(c) == Character.PARAGRAPH_SEPARATOR;
  }

  private static String status(int status) {
    String name =
        switch (status) {
          case 400 -> "Bad Request";
          case 401 -> "Unauthorized";
          case 403 -> "Forbidden";
          case 404 -> "Not Found";
          case 405 -> "Method Not Allowed";
          case 407 -> "Proxy Authentication Required";
          case 408 -> "Request Timeout";
          case 416 -> "Range Not Satisfiable";
          case 429 -> "Too Many Requests";
          case 500 -> "Internal Server Error";
          case 502 -> "Bad Gateway";
          case 503 -> "Service Unavailable";
          case 504 -> "Gateway Timeout";
          default -> "";
        };
    return name.isEmpty() ? "HTTP status " + status : status + " " + name;
  }
}
