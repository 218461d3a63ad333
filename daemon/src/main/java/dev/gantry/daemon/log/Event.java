package dev.gantry.daemon.log;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened, with what it is about as fields: {@code Event.info("pod started")
 * .with("pod", id).log()}. Never put a secret into a field.
 */
public final class Event {
  private static final Logger LOGGER = Logger.getLogger("gantry");

  private final Level level;
  private final String message;
  private final Map<String, Object> fields = new LinkedHashMap<>();
  private @Nullable Throwable failure;

  private Event(Level level, String message) {
    this.level = level;
    this.message = message;
  }

  /** Something an operator must act on. */
  public static Event error(String message) {
    return new Event(Level.SEVERE, message);
  }

  /** Something went wrong that Gantry deals with itself. */
  public static Event warn(String message) {
    return new Event(Level.WARNING, message);
  }

  /** A change of state. */
  public static Event info(String message) {
    return new Event(Level.INFO, message);
  }

  /** A step on the way. */
  public static Event debug(String message) {
    return new Event(Level.FINE, message);
  }

  /** Adds a field. */
  public Event with(String name, Object value) {
    fields.put(name, value);
    return this;
  }

  /** Adds what failed: its message, and at debug level its stack. */
  public Event because(Throwable cause) {
    failure = cause;
    return this;
  }

  /** Writes the event. */
  public void log() {
    if (LOGGER.isLoggable(level)) {
      var structured = new Structured(level, message, fields);
      structured.setLoggerName("gantry");
      structured.setThrown(failure);
      LOGGER.log(structured);
    }
  }

  /** A log record that carries fields in the order they were given. */
  static final class Structured extends LogRecord {
    @Serial private static final long serialVersionUID = 1L;
    private final transient Map<String, Object> fields;

    Structured(Level level, String message, Map<String, Object> fields) {
      super(level, message);
      this.fields = fields;
    }

    Map<String, Object> fields() {
      return fields;
    }
  }
}
