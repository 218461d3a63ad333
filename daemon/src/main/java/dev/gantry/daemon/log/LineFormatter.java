package dev.gantry.daemon.log;

import static dev.gantry.daemon.json.JsonText.quote;

import dev.gantry.daemon.log.Event.Structured;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/** Formats a log record as one line: a JSON object, or text for a person. */
final class LineFormatter extends Formatter {
  private final boolean json;
  private final boolean stacks;

  LineFormatter(boolean json, boolean stacks) {
    this.json = json;
    this.stacks = stacks;
  }

  @Override
  public String format(LogRecord logged) {
    Map<String, Object> fields = logged instanceof Structured s ? s.fields() : Map.of();
    return json ? jsonLine(logged, fields) : textLine(logged, fields);
  }

  private String jsonLine(LogRecord logged, Map<String, Object> fields) {
    var out = new StringBuilder(160);
    out.append("{\"time\":\"").append(logged.getInstant()).append("\",\"level\":\"");
    out.append(levelName(logged.getLevel())).append("\",\"msg\":");
    quote(out, formatMessage(logged));
    if (!"gantry".equals(logged.getLoggerName())) {
      out.append(",\"logger\":");
      quote(out, String.valueOf(logged.getLoggerName()));
    }
    fields.forEach((name, value) -> {
      out.append(',');
      quote(out, name);
      out.append(':');
      if (value instanceof Number || value instanceof Boolean) {
        out.append(value);
      } else {
        quote(out, String.valueOf(value));
      }
    });
    if (logged.getThrown() != null) {
      out.append(",\"error\":");
      quote(out, String.valueOf(logged.getThrown().getMessage()));
      if (stacks) {
        out.append(",\"stack\":");
        quote(out, stack(logged.getThrown()));
      }
    }
    return out.append("}\n").toString();
  }

  private String textLine(LogRecord logged, Map<String, Object> fields) {
    var out = new StringBuilder(160);
    out.append(logged.getInstant()).append(' ').append(levelName(logged.getLevel()));
    out.append(' ').append(oneLine(formatMessage(logged)));
    fields.forEach(
        (name, value) -> out.append(' ').append(name).append('=').append(oneLine(value)));
    if (logged.getThrown() != null) {
      out.append(": ").append(oneLine(logged.getThrown().getMessage()));
      if (stacks) {
        out.append('\n').append(stack(logged.getThrown()));
      }
    }
    return out.append('\n').toString();
  }

  /** Whoever chose a name or an error's text cannot make it look like another event. */
  private static String oneLine(@Nullable Object value) {
    return String.valueOf(value).replaceAll("[\\x00-\\x1f\\x7f]", " ");
  }

  private static String levelName(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (value >= Level.WARNING.intValue()) {
      return "warn";
    }
    if (value >= Level.INFO.intValue()) {
      return "info";
    }
    return value >= Level.FINE.intValue() ? "debug" : "trace";
  }

  private static String stack(Throwable failure) {
    var text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
