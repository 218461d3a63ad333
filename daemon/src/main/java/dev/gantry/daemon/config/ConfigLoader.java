package dev.gantry.daemon.config;

import dev.gantry.daemon.config.ConfigKey.Kind;
import dev.gantry.daemon.config.DaemonConfig.CgroupDriver;
import dev.gantry.daemon.config.DaemonConfig.HandlerConfig;
import dev.gantry.daemon.config.DaemonConfig.ImageSettings;
import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import dev.gantry.daemon.config.DaemonConfig.MetricsAddress;
import dev.gantry.daemon.config.DaemonConfig.NetworkConfig;
import dev.gantry.daemon.spec.AnnotationNames;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/**
 * Reads the daemon's configuration: {@code config.toml}, then {@code conf.d/*.toml} beside it by
 * name, then the flags; a later one overrides an earlier one key by key. An unknown key or a value
 * of the wrong kind is an error that names file and line.
 */
public final class ConfigLoader {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern HANDLER = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");

  /** 107 bytes of sun_path, unix(7), less the hidden directory that it is bound in. */
  private static final int SOCKET_MAX = 104;

  private final Map<String, Object> values = new LinkedHashMap<>();

  private ConfigLoader() {}

  /**
   * Loads the configuration.
   *
   * @param file the main file; when {@code required} is false it may be missing
   * @param flags values of flags by {@link ConfigKey#flag}
   */
  public static DaemonConfig load(Path file, boolean required, Map<String, String> flags)
      throws ConfigException {
    var loader = new ConfigLoader();
    if (Files.exists(file)) {
      loader.readFile(file);
    } else if (required) {
      throw new ConfigException("configuration " + file + ": no such file");
    }
    for (Path dropIn : dropIns(file)) {
      loader.readFile(dropIn);
    }
    loader.applyFlags(flags);
    return loader.build();
  }

  private static List<Path> dropIns(Path file) throws ConfigException {
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

  private void readFile(Path file) throws ConfigException {
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
    for (List<String> path : toml.keyPathSet()) {
      String name = String.join(".", path);
      String where = where(file, toml.inputPositionOf(path));
      ConfigKey key =
          keyOf(path).orElseThrow(() -> new ConfigException(where + "unknown key " + name));
      Object value = toml.get(path);
      values.put(name, typed(key, value, where + name));
    }
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

  private void applyFlags(Map<String, String> flags) throws ConfigException {
    for (var flag : flags.entrySet()) {
      ConfigKey key =
          ConfigKeys.ALL.stream()
              .filter(k -> !k.flag().isEmpty() && k.flag().equals(flag.getKey()))
              .findFirst()
              .orElseThrow(() -> new ConfigException("unknown flag --" + flag.getKey()));
      values.put(key.name(), flag.getValue());
    }
  }

  private DaemonConfig build() throws ConfigException {
    return new DaemonConfig(
        path(ConfigKeys.ROOT),
        path(ConfigKeys.STATE),
        socket(),
        oneOf(ConfigKeys.LOG_LEVEL, LogLevel.class),
        logJson(),
        oneOf(ConfigKeys.CGROUP_DRIVER, CgroupDriver.class),
        cgroup(ConfigKeys.CGROUP_PARENT),
        cgroup(ConfigKeys.MONITORS_CGROUP),
        string(ConfigKeys.DEFAULT_RUNTIME),
        string(ConfigKeys.CONMON),
        string(ConfigKeys.CATATONIT),
        new ImageSettings(
            imageDirectory(),
            strings(value(ConfigKeys.PINNED)),
            paths(ConfigKeys.CERTS_DIRS),
            optionalPath(ConfigKeys.REGISTRIES_CONF),
            paths(ConfigKeys.AUTH_FILES),
            number(ConfigKeys.PARALLEL_LAYERS, 1, 32),
            number(ConfigKeys.CONNECTIONS, 1, 16),
            duration(ConfigKeys.STALL_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(1)),
            duration(ConfigKeys.ABANDONED_PULL, Duration.ZERO, Duration.ofHours(24)),
            path(ConfigKeys.POLICY_FILE),
            !value(ConfigKeys.POLICY_FILE).equals(ConfigKeys.POLICY_FILE.defaultValue())),
        new NetworkConfig(
            paths(ConfigKeys.CNI_CONFIG_DIRS),
            paths(ConfigKeys.CNI_PLUGIN_DIRS),
            duration(ConfigKeys.CNI_TIMEOUT),
            (Boolean) value(ConfigKeys.DEFAULT_NETWORK)),
        metrics(),
        StreamingTable.read(
            string(ConfigKeys.STREAMING_ADDRESS),
            (Boolean) value(ConfigKeys.STREAMING_TLS),
            (String) value(ConfigKeys.STREAMING_CERT),
            (String) value(ConfigKeys.STREAMING_KEY),
            duration(ConfigKeys.STREAMING_CREATION),
            duration(ConfigKeys.STREAMING_IDLE)),
        runtimes());
  }

  private Path imageDirectory() throws ConfigException {
    return value(ConfigKeys.IMAGE_DIRECTORY).equals("")
        ? path(ConfigKeys.ROOT).resolve("images")
        : path(ConfigKeys.IMAGE_DIRECTORY);
  }

  private Optional<MetricsAddress> metrics() throws ConfigException {
    String value = (String) value(ConfigKeys.METRICS_ADDRESS);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    Optional<MetricsAddress> address = MetricsAddress.parse(value);
    if (address.isEmpty()) {
      throw new ConfigException(
          ConfigKeys.METRICS_ADDRESS.name() + ": " + value + " is no address as 127.0.0.1:9101");
    }
    return address;
  }

  private Map<String, HandlerConfig> runtimes() throws ConfigException {
    var names = new ArrayList<String>();
    for (String name : values.keySet()) {
      if (name.startsWith("runtimes.")) {
        String handler = name.substring("runtimes.".length(), name.lastIndexOf('.'));
        if (!HANDLER.matcher(handler).matches()) {
          throw new ConfigException("[runtimes." + handler + "]: a handler is a DNS label");
        }
        if (!names.contains(handler)) {
          names.add(handler);
        }
      }
    }
    if (names.isEmpty()) {
      names.addAll(List.of("crun", "runc"));
    }
    var handlers = new LinkedHashMap<String, HandlerConfig>();
    for (String name : names) {
      String path = (String) values.getOrDefault("runtimes." + name + ".path", "");
      handlers.put(
          name, new HandlerConfig(name, path.isEmpty() ? name : path, allowedAnnotations(name)));
    }
    String chosen = string(ConfigKeys.DEFAULT_RUNTIME);
    if (!chosen.equals(DaemonConfig.AUTO) && !handlers.containsKey(chosen)) {
      throw new ConfigException(
          "default_runtime is " + chosen + ", which no [runtimes] table describes: " + names);
    }
    return Collections.unmodifiableMap(handlers);
  }

  private List<String> allowedAnnotations(String handler) throws ConfigException {
    String key = "runtimes." + handler + ".allowed_annotations";
    List<String> allowed = strings(values.getOrDefault(key, List.of()));
    for (String name : allowed) {
      if (name.equals("*") || AnnotationNames.reserved(name)) {
        throw new ConfigException(
            key + ": " + name + " cannot be allowed, it would give a pod power over the host");
      }
    }
    return allowed;
  }

  private Object value(ConfigKey key) {
    return values.getOrDefault(key.name(), key.defaultValue());
  }

  private String string(ConfigKey key) throws ConfigException {
    String value = (String) value(key);
    if (value.isBlank() || value.indexOf('\0') >= 0) {
      throw new ConfigException(key.name() + " is empty");
    }
    return value;
  }

  private Path path(ConfigKey key) throws ConfigException {
    return absolute(key, string(key));
  }

  /** Null when it is empty. */
  private @Nullable Path optionalPath(ConfigKey key) throws ConfigException {
    return value(key).equals("") ? null : path(key);
  }

  private static Path absolute(ConfigKey key, String value) throws ConfigException {
    Path path = Path.of(value);
    if (!path.isAbsolute()) {
      throw new ConfigException(key.name() + ": " + value + " is no absolute path");
    }
    return path.normalize();
  }

  private List<Path> paths(ConfigKey key) throws ConfigException {
    var paths = new ArrayList<Path>();
    for (String value : strings(value(key))) {
      paths.add(absolute(key, value));
    }
    return List.copyOf(paths);
  }

  private static List<String> strings(Object value) {
    return ((List<?>) value).stream().map(String.class::cast).toList();
  }

  private Path socket() throws ConfigException {
    String value = string(ConfigKeys.LISTEN);
    String path = value.startsWith("unix://") ? value.substring("unix://".length()) : value;
    Path socket = absolute(ConfigKeys.LISTEN, path);
    if (socket.toString().length() > SOCKET_MAX) {
      throw new ConfigException(
          "listen: " + socket + " is longer than " + SOCKET_MAX + " bytes, the limit of a socket");
    }
    return socket;
  }

  private <E extends Enum<E>> E oneOf(ConfigKey key, Class<E> type) throws ConfigException {
    String value = string(key);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(value)) {
        return constant;
      }
    }
    throw new ConfigException(
        key.name() + ": " + value + " is none of " + List.of(type.getEnumConstants()));
  }

  private boolean logJson() throws ConfigException {
    String value = string(ConfigKeys.LOG_FORMAT);
    return switch (value) {
      case "json" -> true;
      case "text" -> false;
      default -> throw new ConfigException("log_format: " + value + " is neither json nor text");
    };
  }

  private String cgroup(ConfigKey key) throws ConfigException {
    String value = string(key);
    Path path = Path.of(value);
    if (!path.isAbsolute() || !path.equals(path.normalize()) || path.getNameCount() == 0) {
      throw new ConfigException(key.name() + ": " + value + " is no path such as /gantry");
    }
    return value;
  }

  private int number(ConfigKey key, int least, int most) throws ConfigException {
    long value = (Long) value(key);
    if (value < least || value > most) {
      throw new ConfigException(
          key.name() + ": " + value + " is not between " + least + " and " + most);
    }
    return (int) value;
  }

  private Duration duration(ConfigKey key, Duration least, Duration most) throws ConfigException {
    Duration value = duration(key);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new ConfigException(
          key.name() + ": " + string(key) + " is out of its range, see its description");
    }
    return value;
  }

  private Duration duration(ConfigKey key) throws ConfigException {
    String value = string(key);
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw new ConfigException(key.name() + ": " + value + " is no duration such as 30s or 5m");
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
