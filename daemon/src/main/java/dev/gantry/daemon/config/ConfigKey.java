package dev.gantry.daemon.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One setting of the daemon: its TOML key, what it may hold, its default, its flag and its text for
 * the reference page. {@link ConfigKeys} lists all of them; {@code gantry config default} and
 * {@code docs/configuration.md} are printed from that list.
 *
 * @param name dotted TOML key, as in {@code network.plugin_dirs}
 * @param kind what the value may be
 * @param defaultValue the value when neither a file nor a flag names the key; of the kind's Java
 *     type
 * @param flag the command-line flag that overrides it, without dashes; empty when there is none
 * @param doc one or more sentences for an operator
 */
public record ConfigKey(String name, Kind kind, Object defaultValue, String flag, String doc) {
  private static final Pattern NAME = Pattern.compile("[a-z_]+(\\.([a-z_]+|\\*))*");

  /** The kinds of value a key can hold, and how each is written in TOML. */
  public enum Kind {
    /** A basic string. */
    STRING(String.class),
    /** {@code true} or {@code false}. */
    BOOLEAN(Boolean.class),
    /** A whole number. */
    INTEGER(Long.class),
    /** A string such as {@code "500ms"}, {@code "30s"}, {@code "5m"} or {@code "2h"}. */
    DURATION(String.class),
    /** An array of strings. */
    STRINGS(List.class);

    private final Class<?> type;

    Kind(Class<?> type) {
      this.type = type;
    }

    boolean holds(Object value) {
      return type.isInstance(value);
    }
  }

  public ConfigKey {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("bad key name: " + name);
    }
    if (!kind.holds(defaultValue)) {
      throw new IllegalArgumentException(name + ": the default is no " + kind);
    }
    if (doc.isBlank()) {
      throw new IllegalArgumentException(name + ": a key needs a text");
    }
  }
}
