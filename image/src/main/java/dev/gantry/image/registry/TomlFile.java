package dev.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** A TOML file that people write, so that every complaint about it names the file and the line. */
final class TomlFile {
  private static final int MOST_BYTES = 1 << 20;

  private final Path path;
  private final TomlParseResult root;

  private TomlFile(Path path, TomlParseResult root) {
    this.path = path;
    this.root = root;
  }

  /**
   * @throws IOException when it cannot be read or does not parse
   */
  static TomlFile read(Path path) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    }
    if (bytes.length > MOST_BYTES) {
      throw new IOException(path + " exceeds " + MOST_BYTES + " bytes");
    }
    TomlParseResult root = Toml.parse(new String(bytes, StandardCharsets.UTF_8));
    if (root.hasErrors()) {
      TomlParseError first = root.errors().getFirst();
      throw new IOException(
          at(path, first.position()) + ErrorBody.oneLine("" + first.getMessage()));
    }
    return new TomlFile(path, root);
  }

  Path path() {
    return path;
  }

  TomlTable root() {
    return root;
  }

  /** An exception that says where. */
  IOException bad(TomlTable table, @Nullable String key, String problem) {
    TomlPosition position = key == null ? null : table.inputPositionOf(List.of(key));
    if (position == null) {
      position =
          table.keySet().stream()
              .map(k -> table.inputPositionOf(List.of(k)))
              .filter(p -> p != null)
              .min((a, b) -> a.line() - b.line())
              .orElse(null);
    }
    return new IOException(at(path, position) + problem);
  }

  private static String at(Path path, @Nullable TomlPosition position) {
    return path + (position == null ? ": " : ", line " + position.line() + ": ");
  }

  /** Empty when absent. */
  String string(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    if (value == null) {
      return "";
    }
    if (value instanceof String text) {
      return text;
    }
    throw bad(table, key, "'" + key + "' must be a string");
  }

  boolean flag(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    if (value == null || value instanceof Boolean) {
      return Boolean.TRUE.equals(value);
    }
    throw bad(table, key, "'" + key + "' must be true or false");
  }

  /** A string is a list of one; absent is empty. */
  List<String> strings(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    return switch (value) {
      case null -> List.of();
      case String one -> List.of(one);
      case TomlArray array when allStrings(array) ->
          array.toList().stream().map(String.class::cast).toList();
      default -> throw bad(table, key, "'" + key + "' must be a string or a list of strings");
    };
  }

  /** The tables of an array of tables; absent is empty. */
  List<TomlTable> tables(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    if (value == null) {
      return List.of();
    }
    var found = new ArrayList<TomlTable>();
    if (value instanceof TomlArray array) {
      for (Object item : array.toList()) {
        if (!(item instanceof TomlTable one)) {
          throw bad(table, key, "'" + key + "' must be tables, [[" + key + "]]");
        }
        found.add(one);
      }
      return found;
    }
    throw bad(table, key, "'" + key + "' must be tables, [[" + key + "]]");
  }

  /** Null when absent. */
  @Nullable TomlTable table(TomlTable table, String key) throws IOException {
    Object value = table.get(List.of(key));
    if (value == null || value instanceof TomlTable) {
      return (TomlTable) value;
    }
    throw bad(table, key, "'" + key + "' must be a table");
  }

  static boolean allStrings(TomlArray array) {
    return array.toList().stream().allMatch(String.class::isInstance);
  }
}
