package dev.gantry.cri.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trees as JSON text, RFC 8259. */
final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out = new StringBuilder();
  private final boolean indented;
  private int level;

  private JsonText(boolean indented) {
    this.indented = indented;
  }

  static String write(@Nullable Object tree, boolean indented) {
    JsonText text = new JsonText(indented);
    text.value(tree);
    return text.out.toString();
  }

  static @Nullable Object parse(String json) {
    return new JsonParser(json).parse();
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> object(map);
      case List<?> list -> list(list);
      case Number number -> number(number);
      case Boolean bool -> out.append(bool);
      default -> string(value.toString());
    }
  }

  private void number(Number number) {
    if (Double.isFinite(number.doubleValue())) {
      String text = number.toString();
      // 5.0 is how Java writes the double 5.
      out.append(text.endsWith(".0") ? text.substring(0, text.length() - 2) : text);
    } else {
      string(number.toString());
    }
  }

  private void object(Map<?, ?> map) {
    out.append('{');
    level++;
    boolean first = true;
    for (Map.Entry<?, ?> member : map.entrySet()) {
      separate(first);
      first = false;
      string(String.valueOf(member.getKey()));
      out.append(indented ? ": " : ":");
      value(member.getValue());
    }
    end(first, '}');
  }

  private void list(List<?> list) {
    out.append('[');
    level++;
    boolean first = true;
    for (Object element : list) {
      separate(first);
      first = false;
      value(element);
    }
    end(first, ']');
  }

  private void separate(boolean first) {
    if (!first) {
      out.append(',');
    }
    newLine();
  }

  private void end(boolean empty, char bracket) {
    level--;
    if (!empty) {
      newLine();
    }
    out.append(bracket);
  }

  private void newLine() {
    if (indented) {
      out.append('\n').repeat("  ", level);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
