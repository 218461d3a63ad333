package dev.gantry.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, strings, numbers, booleans and null as JSON, in the order given. */
public final class Json {
  private Json() {}

  /** Returns the JSON text. */
  public static String text(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value);
    return out.toString();
  }

  /** Returns the JSON text in UTF-8. */
  public static byte[] bytes(@Nullable Object value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(StringBuilder out, @Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> {
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<?, ?> entry = i.next();
          string(out, String.valueOf(entry.getKey()));
          out.append(':');
          write(out, entry.getValue());
          out.append(i.hasNext() ? "," : "");
        }
        out.append('}');
      }
      case List<?> list -> {
        out.append('[');
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
          write(out, i.next());
          out.append(i.hasNext() ? "," : "");
        }
        out.append(']');
      }
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      default -> string(out, value.toString());
    }
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c < ' ') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
