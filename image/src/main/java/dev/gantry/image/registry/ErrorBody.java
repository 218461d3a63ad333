package dev.gantry.image.registry;

import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.net.HttpURLConnection;
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

  /** Status, its name and the message, as in {@code 404 Not Found: MANIFEST_UNKNOWN: …}. */
  static String describe(HttpAnswer answer) {
    String text = status(answer.status());
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

  private static String oneLine(String text) {
    if (text.stripLeading().toLowerCase(Locale.ROOT).startsWith("<")) {
      return ""; // a proxy's HTML page tells less than the status
    }
    var out = new StringBuilder();
    for (int i = 0; i < text.length() && out.length() < MOST_CHARS; i++) {
      char c = text.charAt(i);
      out.append(Character.isISOControl(c) ? ' ' : c);
    }
    return out.toString().strip();
  }

  private static String status(int status) {
    String name =
        switch (status) {
          case HttpURLConnection.HTTP_BAD_REQUEST -> "Bad Request";
          case HttpURLConnection.HTTP_UNAUTHORIZED -> "Unauthorized";
          case HttpURLConnection.HTTP_FORBIDDEN -> "Forbidden";
          case HttpURLConnection.HTTP_NOT_FOUND -> "Not Found";
          case 416 -> "Range Not Satisfiable";
          case 429 -> "Too Many Requests";
          case HttpURLConnection.HTTP_INTERNAL_ERROR -> "Internal Server Error";
          case HttpURLConnection.HTTP_BAD_GATEWAY -> "Bad Gateway";
          case HttpURLConnection.HTTP_UNAVAILABLE -> "Service Unavailable";
          case HttpURLConnection.HTTP_GATEWAY_TIMEOUT -> "Gateway Timeout";
          default -> "";
        };
    return name.isEmpty() ? "HTTP status " + status : status + " " + name;
  }
}
