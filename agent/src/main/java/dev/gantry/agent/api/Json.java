package dev.gantry.agent.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes objects as the API server does: fields in order, maps by key, empty ones left out. */
public final class Json {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out = new StringBuilder();
  private final boolean pretty;
  private int depth;

  private Json(boolean pretty) {
    this.pretty = pretty;
  }

  /** In one line. */
  public static String write(@Nullable Object value) {
    Json json = new Json(false);
    json.value(value);
    return json.out.toString();
  }

  /** For people: indented by four, as kubectl's {@code -o json}. */
  public static String pretty(@Nullable Object value) {
    Json json = new Json(true);
    json.value(value);
    return json.out.append('\n').toString();
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case Boolean bool -> out.append(bool.booleanValue());
      case Number number -> out.append(number);
      case Bytes bytes -> text(bytes.base64());
      case Instant time -> text(time.truncatedTo(ChronoUnit.SECONDS).toString());
      case IntOrString either -> {
        if (either.number() != null) {
          out.append(either.number().intValue());
        } else {
          text(either.toString());
        }
      }
      case Quantity quantity -> text(quantity.toString());
      case List<?> list -> list(list);
      case Map<?, ?> map -> map(map);
      case Record record -> record(record);
      default -> text(value.toString());
    }
  }

  private void list(List<?> list) {
    boolean first = true;
    open('[');
    for (Object element : list) {
      separate(first);
      first = false;
      value(element);
    }
    close(']', first);
  }

  private void map(Map<?, ?> map) {
    boolean first = true;
    open('{');
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      first = member(first, entry.getKey().toString(), entry.getValue());
    }
    close('}', first);
  }

  private void record(Record record) {
    open('{');
    boolean first = true;
    if (record instanceof KubeObject object) {
      first = member(first, "apiVersion", object.apiVersion());
      first = member(first, "kind", object.kind());
    }
    close('}', fields(record, first));
  }

  private boolean fields(Record record, boolean nothingYet) {
    boolean first = nothingYet;
    for (Shape.Field field : Shape.of(record.getClass()).fields()) {
      Object value = field.of(record);
      if (field.inline()) {
        first = fields((Record) java.util.Objects.requireNonNull(value), first);
      } else if (value != null && (field.always() || field.nullable() || !isEmpty(value))) {
        first = member(first, field.name(), value);
      }
    }
    return first;
  }

  /** What Go's omitempty leaves out; a record that is no pointer is written even then. */
  private static boolean isEmpty(Object value) {
    return switch (value) {
      case Boolean bool -> !bool;
      case Integer number -> number == 0;
      case Long number -> number == 0;
      case String text -> text.isEmpty();
      case List<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      default -> false;
    };
  }

  private boolean member(boolean first, String name, @Nullable Object value) {
    separate(first);
    text(name);
    out.append(pretty ? ": " : ":");
    value(value);
    return false;
  }

  private void open(char bracket) {
    out.append(bracket);
    depth++;
  }

  private void close(char bracket, boolean empty) {
    depth--;
    if (!empty) {
      line();
    }
    out.append(bracket);
  }

  private void separate(boolean first) {
    if (!first) {
      out.append(',');
    }
    line();
  }

  private void line() {
    if (pretty) {
      out.append('\n').repeat(' ', 4 * depth);
    }
  }

  private void text(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      character(text.charAt(i));
    }
    out.append('"');
  }

  private void character(char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
          out.append("\\u").append(HEX.charAt(c >> 12)).append(HEX.charAt(c >> 8 & 15));
          out.append(HEX.charAt(c >> 4 & 15)).append(HEX.charAt(c & 15));
        } else {
          out.append(c);
        }
      }
    }
  }
}
