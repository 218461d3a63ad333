package dev.gantry.bench;

import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/** Writes maps, lists, records of figures, texts and numbers as JSON. */
final class Json {
  private Json() {}

  static String text(Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, "\n");
    return out.append('\n').toString();
  }

  private static void write(StringBuilder out, Object value, String newLine) {
    switch (value) {
      case Map<?, ?> map -> map(out, map, newLine);
      case Iterable<?> list -> list(out, list, newLine);
      case Summary s -> summary(out, s);
      case Double number -> out.append(String.format(Locale.ROOT, "%.3f", number));
      case Number number -> out.append(number);
      case Boolean flag -> out.append(flag);
      default -> string(out, value.toString());
    }
  }

  private static void summary(StringBuilder out, Summary s) {
    out.append(
        String.format(
            Locale.ROOT,
            "{\"n\":%d,\"median\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"min\":%.3f,\"max\":%.3f}",
            s.count(),
            s.median(),
            s.p90(),
            s.p99(),
            s.least(),
            s.most()));
  }

  private static void map(StringBuilder out, Map<?, ?> map, String newLine) {
    out.append('{');
    String inner = newLine + "  ";
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      out.append(inner);
      string(out, String.valueOf(entry.getKey()));
      out.append(": ");
      write(out, entry.getValue(), inner);
      out.append(entries.hasNext() ? "," : newLine);
    }
    out.append('}');
  }

  private static void list(StringBuilder out, Iterable<?> list, String newLine) {
    out.append('[');
    String separator = "";
    for (Object item : list) {
      out.append(separator);
      write(out, item, newLine);
      separator = ", ";
    }
    out.append(']');
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        default -> {
          if (c < ' ') {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
