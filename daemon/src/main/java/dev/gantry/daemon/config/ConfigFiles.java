package dev.gantry.daemon.config;

import dev.gantry.daemon.config.ConfigKey.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/** Reads configuration files: every key of theirs must be known and hold what it may. */
final class ConfigFiles {
  private final ConfigValues values;

  ConfigFiles(ConfigValues values) {
    this.values = values;
  }

  /** The files beside the main one that are read after it, by name. */
  static List<Path> dropIns(Path file) throws ConfigException {
    Path dir = file.toAbsolutePath().resolveSibling("conf.d");
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    var files = new TreeSet<Path>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(dir, "*.toml")) {
      stream.forEach(files::add);
    } catch (IOException e) {
      throw new ConfigException("configuration directory " + dir + ": " + e.getMessage(), e);
    }
    return List.copyOf(files);
  }

  /** Takes over what a file says. */
  void read(Path file) throws ConfigException {
    TomlParseResult toml;
    try {
      toml = Toml.parse(file);
    } catch (IOException e) {
      throw new ConfigException("configuration " + file + ": " + e.getMessage(), e);
    }
    if (toml.hasErrors()) {
      var first = toml.errors().getFirst();
      throw new ConfigException(where(file, first.position()) + first.getMessage());
    }
    for (List<String> path : toml.keyPathSet(true)) {
      String name = String.join(".", path);
      String where = where(file, toml.inputPositionOf(path));
      if (toml.isTable(path)) {
        if (isHandler(path)) {
          // It counts even when nothing stands in it, as all may be by default.
          values.setIfNew(name + ".path", ConfigKeys.RUNTIME_PATH.defaultValue(), where);
        }
        continue;
      }
      ConfigKey key =
          keyOf(path).orElseThrow(() -> new ConfigException(where + "unknown key " + name));
      Object value = toml.get(path);
      values.set(name, typed(key, value, where + name), where);
    }
    requireNoStrangeTables(file, toml);
  }

  /** An empty table has no key to be unknown. */
  private static void requireNoStrangeTables(Path file, TomlParseResult toml)
      throws ConfigException {
    for (List<String> path : toml.keyPathSet(true)) {
      boolean known =
          toml.get(path) == null
              || !toml.isTable(path)
              || path.equals(List.of("runtimes"))
              || isHandler(path)
              || ConfigKeys.ALL.stream()
                  .anyMatch(key -> key.name().startsWith(String.join(".", path) + "."));
      if (!known) {
        throw new ConfigException(
            where(file, toml.inputPositionOf(path)) + "unknown table " + String.join(".", path));
      }
    }
  }

  private static boolean isHandler(List<String> path) {
    return path.size() == 2 && path.getFirst().equals("runtimes");
  }

  private static String where(Path file, @Nullable TomlPosition position) {
    return "configuration " + file + (position == null ? "" : " line " + position.line()) + ": ";
  }

  private static Optional<ConfigKey> keyOf(List<String> path) {
    String pattern =
        path.size() == 3 && path.getFirst().equals("runtimes")
            ? "runtimes.*." + path.getLast()
            : String.join(".", path);
    return ConfigKeys.ALL.stream().filter(k -> k.name().equals(pattern)).findFirst();
  }

  private static Object typed(ConfigKey key, @Nullable Object value, String where)
      throws ConfigException {
    if (key.kind() == Kind.STRINGS && value instanceof TomlArray array) {
      var strings = new ArrayList<String>();
      for (Object element : array.toList()) {
        if (!(element instanceof String s)) {
          throw new ConfigException(where + " must be an array of strings");
        }
        strings.add(s);
      }
      return List.copyOf(strings);
    }
    if (value == null || !key.kind().holds(value)) {
      throw new ConfigException(
          where + " must be a " + key.kind().name().toLowerCase(Locale.ROOT) + ", not " + value);
    }
    return value;
  }
}
