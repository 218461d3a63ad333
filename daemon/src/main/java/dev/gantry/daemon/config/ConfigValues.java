package dev.gantry.daemon.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The values that files and flags have set, each with where that was, and what is said of one that
 * cannot be: file, line, key and reason.
 */
final class ConfigValues {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private record Setting(Object value, String where) {}

  private final Map<String, Setting> settings = new LinkedHashMap<>();

  /**
   * Sets a key, over what it was.
   *
   * @param where file and line, or the flag, as the beginning of a message; empty for neither
   */
  void set(String name, Object value, String where) {
    settings.put(name, new Setting(value, where));
  }

  /** Sets a key that was not set before. */
  void setIfNew(String name, Object value, String where) {
    settings.putIfAbsent(name, new Setting(value, where));
  }

  /** The names of all keys that were set, in the order of the first time. */
  Set<String> names() {
    return settings.keySet();
  }

  /** An error about a key, which says where it was set. */
  ConfigException bad(String name, String problem) {
    return new ConfigException(where(name) + name + ": " + problem);
  }

  ConfigException bad(String name, String problem, Throwable cause) {
    return new ConfigException(where(name) + name + ": " + problem, cause);
  }

  /** Where a key was set, as the beginning of a message; empty when it has its default. */
  String where(String name) {
    Setting setting = settings.get(name);
    return setting == null ? "" : setting.where();
  }

  /** The value of one key of a table, such as {@code runtimes.crun.path}. */
  Object of(String name, ConfigKey key) {
    Setting setting = settings.get(name);
    return setting == null ? key.defaultValue() : setting.value();
  }

  Object of(ConfigKey key) {
    return of(key.name(), key);
  }

  boolean flag(ConfigKey key) {
    return (Boolean) of(key);
  }

  /** A text that may be empty. */
  String text(ConfigKey key) {
    return (String) of(key);
  }

  /** A text that may not be empty. */
  String string(ConfigKey key) throws ConfigException {
    String value = text(key);
    if (value.isBlank() || value.indexOf('\0') >= 0) {
      throw bad(key.name(), "is empty");
    }
    return value;
  }

  Path path(ConfigKey key) throws ConfigException {
    return absolute(key.name(), string(key));
  }

  /** Null when it is empty. */
  @Nullable Path optionalPath(String name, ConfigKey key) throws ConfigException {
    String value = (String) of(name, key);
    return value.isEmpty() ? null : absolute(name, value);
  }

  Path absolute(String name, String value) throws ConfigException {
    Path path;
    try {
      path = Path.of(value);
    } catch (InvalidPathException e) {
      throw bad(name, "is no path: " + e.getReason(), e);
    }
    if (!path.isAbsolute()) {
      throw bad(name, value + " is no absolute path");
    }
    return path.normalize();
  }

  List<Path> paths(ConfigKey key) throws ConfigException {
    var paths = new ArrayList<Path>();
    for (String value : strings(key.name(), key)) {
      paths.add(absolute(key.name(), value));
    }
    return List.copyOf(paths);
  }

  List<String> strings(String name, ConfigKey key) {
    return ((List<?>) of(name, key)).stream().map(String.class::cast).toList();
  }

  <E extends Enum<E>> E oneOf(ConfigKey key, Class<E> type) throws ConfigException {
    String value = string(key);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(value)) {
        return constant;
      }
    }
    throw bad(key.name(), value + " is none of " + List.of(type.getEnumConstants()));
  }

  int number(ConfigKey key, int least, int most) throws ConfigException {
    long value = (Long) of(key);
    if (value < least || value > most) {
      throw bad(key.name(), value + " is not between " + least + " and " + most);
    }
    return (int) value;
  }

  Duration duration(ConfigKey key, Duration least, Duration most) throws ConfigException {
    Duration value = duration(key);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw bad(key.name(), string(key) + " is out of its range, see its description");
    }
    return value;
  }

  Duration duration(ConfigKey key) throws ConfigException {
    String value = string(key);
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw bad(key.name(), value + " is no duration such as 30s or 5m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }
}
