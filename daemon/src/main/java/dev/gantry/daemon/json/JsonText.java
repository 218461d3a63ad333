package dev.gantry.daemon.json;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** One JSON object, written field by field in the order of the calls. */
public final class JsonText {
  private final StringBuilder out = new StringBuilder("{");

  /** Adds a string. */
  public JsonText put(String name, String value) {
    quote(field(name), value);
    return this;
  }

  /** Adds a whole number. */
  public JsonText put(String name, long value) {
    field(name).append(value);
    return this;
  }

  /** Adds a truth value. */
  public JsonText put(String name, boolean value) {
    field(name).append(value);
    return this;
  }

  /** Adds an array of strings. */
  public JsonText put(String name, List<String> values) {
    field(name).append('[');
    for (Iterator<String> i = values.iterator(); i.hasNext(); ) {
      quote(out, i.next());
      out.append(i.hasNext() ? "," : "");
    }
    out.append(']');
    return this;
  }

  /** Adds an object of strings. */
  public JsonText put(String name, Map<String, String> values) {
    var object = new JsonText();
    values.forEach(object::put);
    return putJson(name, object.toString());
  }

  /** Adds a value that is JSON already. */
  public JsonText putJson(String name, String json) {
    field(name).append(json);
    return this;
  }

  private StringBuilder field(String name) {
    if (out.length() > 1) {
      out.append(',');
    }
    quote(out, name);
    return out.append(':');
  }

  /** Appends {@code text} as a JSON string, see RFC 8259 section 7. */
  public static void quote(StringBuilder out, String text) {
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
            out.append("\\u").append(String.format("%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  @Override
  public String toString() {
    return out + "}";
  }
}
