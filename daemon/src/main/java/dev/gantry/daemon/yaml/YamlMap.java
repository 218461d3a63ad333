package dev.gantry.daemon.yaml;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.ConfinedRead;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A mapping of a YAML 1.2 file, of which JSON is a part. Every getter says what is wrong with the
 * place it reads; what nobody asked for is unknown, see {@link #end}.
 */
public final class YamlMap {
  private static final int LARGEST = 4 << 20;

  private final String where;
  private final Map<?, ?> values;
  private final Set<String> asked = new HashSet<>();

  private YamlMap(String where, Map<?, ?> values) {
    this.where = where;
    this.values = values;
  }

  /**
   * Reads a file of at most 4 MiB whose document is a mapping. It may block.
   *
   * @throws IOException when it is no regular file, is too large or cannot be read
   */
  public static YamlMap read(Path file) throws IOException, YamlFormatException {
    try (Fd root = At.open(At.CWD, "/", OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      byte[] bytes =
          ConfinedRead.file(root, file.toAbsolutePath().toString(), LARGEST)
              .orElseThrow(() -> new NoSuchFileException(file.toString()));
      return parse(file.toString(), new String(bytes, StandardCharsets.UTF_8));
    }
  }

  /** Reads a text, which {@code name} stands for in messages. */
  static YamlMap parse(String name, String text) throws YamlFormatException {
    try {
      var load = new Load(LoadSettings.builder().setLabel(name).setCodePointLimit(LARGEST).build());
      return of(name, load.loadFromString(text));
    } catch (YamlEngineException e) {
      throw new YamlFormatException(name + ": " + oneLine(e), e);
    }
  }

  private static String oneLine(YamlEngineException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no YAML");
  }

  private static YamlMap of(String where, @Nullable Object value) throws YamlFormatException {
    if (value instanceof Map<?, ?> map) {
      return new YamlMap(where, map);
    }
    throw new YamlFormatException(where + " is no mapping");
  }

  /** The place in the file, for messages. */
  public String where() {
    return where;
  }

  /** All keys, each of which counts as asked for. */
  public List<String> keys() {
    List<String> keys = values.keySet().stream().map(String::valueOf).toList();
    asked.addAll(keys);
    return keys;
  }

  private @Nullable Object get(String key) {
    asked.add(key);
    return values.get(key);
  }

  private YamlFormatException wrong(String key, String what) {
    return new YamlFormatException(where + ": " + key + " " + what);
  }

  /** A text that must be there. */
  public String text(String key) throws YamlFormatException {
    Optional<String> text = optionalText(key);
    if (text.isEmpty() || text.get().isEmpty()) {
      throw wrong(key, "is missing");
    }
    return text.get();
  }

  /** A text that may be missing. */
  public Optional<String> optionalText(String key) throws YamlFormatException {
    Object value = get(key);
    if (value == null || value instanceof String) {
      return Optional.ofNullable((String) value);
    }
    throw wrong(key, "is no text");
  }

  /** A text, or a number that stands for itself. */
  public Optional<String> textOrNumber(String key) throws YamlFormatException {
    Object value = get(key);
    if (value instanceof Integer || value instanceof Long) {
      return Optional.of(value.toString());
    }
    return optionalText(key);
  }

  /** A whole number that may be missing. */
  public Optional<Long> number(String key, long least, long most) throws YamlFormatException {
    Object value = get(key);
    if (value == null) {
      return Optional.empty();
    }
    if ((value instanceof Integer || value instanceof Long)
        && ((Number) value).longValue() >= least
        && ((Number) value).longValue() <= most) {
      return Optional.of(((Number) value).longValue());
    }
    throw wrong(key, "is no number from " + least + " to " + most);
  }

  /** A list of texts, empty when it is missing. */
  public List<String> texts(String key) throws YamlFormatException {
    var texts = new ArrayList<String>();
    for (Object value : list(key)) {
      if (!(value instanceof String text)) {
        throw wrong(key, "is no list of texts");
      }
      texts.add(text);
    }
    return texts;
  }

  /** A list of numbers from 0 on, empty when it is missing. */
  public List<Long> numbers(String key) throws YamlFormatException {
    var numbers = new ArrayList<Long>();
    for (Object value : list(key)) {
      if (!(value instanceof Integer || value instanceof Long)
          || ((Number) value).longValue() < 0) {
        throw wrong(key, "is no list of numbers");
      }
      numbers.add(((Number) value).longValue());
    }
    return numbers;
  }

  /** A list of mappings, empty when it is missing. */
  public List<YamlMap> maps(String key) throws YamlFormatException {
    var maps = new ArrayList<YamlMap>();
    for (Object value : list(key)) {
      maps.add(of(where + ": " + key + "[" + maps.size() + "]", value));
    }
    return maps;
  }

  /** A mapping that may be missing. */
  public Optional<YamlMap> map(String key) throws YamlFormatException {
    Object value = get(key);
    return value == null ? Optional.empty() : Optional.of(of(where + ": " + key, value));
  }

  private List<?> list(String key) throws YamlFormatException {
    Object value = get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw wrong(key, "is no list");
  }

  /** Whether there is such a key. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** Refuses what nobody asked for: it would be half done. */
  public void end() throws YamlFormatException {
    for (Object key : values.keySet()) {
      if (!asked.contains(String.valueOf(key))) {
        throw wrong(String.valueOf(key), "is unknown");
      }
    }
  }
}
