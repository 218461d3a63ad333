package dev.gantry.daemon.config;

import dev.gantry.daemon.config.DaemonConfig.CgroupDriver;
import dev.gantry.daemon.config.DaemonConfig.ContainerSettings;
import dev.gantry.daemon.config.DaemonConfig.FullLogDisk;
import dev.gantry.daemon.config.DaemonConfig.ImageSettings;
import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import dev.gantry.daemon.config.DaemonConfig.MetricsAddress;
import dev.gantry.daemon.config.DaemonConfig.NetworkConfig;
import dev.gantry.network.ConfTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the daemon's configuration: {@code config.toml}, then {@code conf.d/*.toml} beside it by
 * name, then the flags; a later one overrides an earlier one key by key. An unknown key or a value
 * that cannot be is an error that names file and line.
 */
public final class ConfigLoader {
  /** 107 bytes of sun_path, unix(7), less the hidden directory that it is bound in. */
  private static final int SOCKET_MAX = 104;

  private final ConfigValues values = new ConfigValues();

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
    var files = new ConfigFiles(loader.values);
    if (Files.exists(file)) {
      files.read(file);
    } else if (required) {
      throw new ConfigException("configuration " + file + ": no such file");
    }
    for (Path dropIn : ConfigFiles.dropIns(file)) {
      files.read(dropIn);
    }
    loader.applyFlags(flags);
    return loader.build();
  }

  private void applyFlags(Map<String, String> flags) throws ConfigException {
    for (var flag : flags.entrySet()) {
      ConfigKey key =
          ConfigKeys.ALL.stream()
              .filter(k -> !k.flag().isEmpty() && k.flag().equals(flag.getKey()))
              .findFirst()
              .orElseThrow(() -> new ConfigException("unknown flag --" + flag.getKey()));
      values.set(key.name(), flag.getValue(), "flag --" + flag.getKey() + ": ");
    }
  }

  private DaemonConfig build() throws ConfigException {
    return new DaemonConfig(
        values.path(ConfigKeys.ROOT),
        values.path(ConfigKeys.STATE),
        socket(),
        values.oneOf(ConfigKeys.LOG_LEVEL, LogLevel.class),
        logJson(),
        values.oneOf(ConfigKeys.CGROUP_DRIVER, CgroupDriver.class),
        cgroup(ConfigKeys.CGROUP_PARENT),
        cgroup(ConfigKeys.MONITORS_CGROUP),
        values.string(ConfigKeys.DEFAULT_RUNTIME),
        values.string(ConfigKeys.CONMON),
        values.string(ConfigKeys.CATATONIT),
        new ContainerSettings(
            values.paths(ConfigKeys.CDI_DIRS),
            values.optionalPath(ConfigKeys.BLOCKIO_CONFIG.name(), ConfigKeys.BLOCKIO_CONFIG),
            values.number(ConfigKeys.PIDS_LIMIT, 0, 4 << 20),
            values.oneOf(ConfigKeys.FULL_LOG_DISK, FullLogDisk.class)),
        new ImageSettings(
            imageDirectory(),
            values.strings(ConfigKeys.PINNED.name(), ConfigKeys.PINNED),
            values.paths(ConfigKeys.CERTS_DIRS),
            values.optionalPath(ConfigKeys.REGISTRIES_CONF.name(), ConfigKeys.REGISTRIES_CONF),
            values.paths(ConfigKeys.AUTH_FILES),
            values.number(ConfigKeys.PARALLEL_LAYERS, 1, 32),
            values.flag(ConfigKeys.MOUNT_ARCHIVES),
            values.number(ConfigKeys.CONNECTIONS, 1, 16),
            values.duration(ConfigKeys.STALL_TIMEOUT, Duration.ofSeconds(1), Duration.ofHours(1)),
            values.duration(ConfigKeys.ABANDONED_PULL, Duration.ZERO, Duration.ofHours(24)),
            values.path(ConfigKeys.POLICY_FILE),
            !values.of(ConfigKeys.POLICY_FILE).equals(ConfigKeys.POLICY_FILE.defaultValue())),
        new NetworkConfig(
            values.paths(ConfigKeys.CNI_CONFIG_DIRS),
            values.paths(ConfigKeys.CNI_PLUGIN_DIRS),
            values.duration(ConfigKeys.CNI_TIMEOUT),
            values.flag(ConfigKeys.DEFAULT_NETWORK),
            template()),
        metrics(),
        StreamingTable.read(values),
        new HandlerTables(values).read());
  }

  private @Nullable ConfTemplate template() throws ConfigException {
    String key = ConfigKeys.CONF_TEMPLATE.name();
    Path file = values.optionalPath(key, ConfigKeys.CONF_TEMPLATE);
    if (file == null) {
      return null;
    }
    if (values.paths(ConfigKeys.CNI_CONFIG_DIRS).isEmpty()) {
      throw values.bad(key, "needs a directory in network.config_dirs");
    }
    try {
      return ConfTemplate.read(file);
    } catch (IOException e) {
      throw values.bad(key, String.valueOf(e.getMessage()), e);
    }
  }

  private Path imageDirectory() throws ConfigException {
    return values.of(ConfigKeys.IMAGE_DIRECTORY).equals("")
        ? values.path(ConfigKeys.ROOT).resolve("images")
        : values.path(ConfigKeys.IMAGE_DIRECTORY);
  }

  private Optional<MetricsAddress> metrics() throws ConfigException {
    String value = values.text(ConfigKeys.METRICS_ADDRESS);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    Optional<MetricsAddress> address = MetricsAddress.parse(value);
    if (address.isEmpty()) {
      throw values.bad(
          ConfigKeys.METRICS_ADDRESS.name(), value + " is no address as 127.0.0.1:9101");
    }
    return address;
  }

  private Path socket() throws ConfigException {
    String value = values.string(ConfigKeys.LISTEN);
    String path = value.startsWith("unix://") ? value.substring("unix://".length()) : value;
    Path socket = values.absolute(ConfigKeys.LISTEN.name(), path);
    if (socket.toString().length() > SOCKET_MAX) {
      throw values.bad(
          ConfigKeys.LISTEN.name(),
          socket + " is longer than " + SOCKET_MAX + " bytes, the limit of a socket");
    }
    return socket;
  }

  private boolean logJson() throws ConfigException {
    String value = values.string(ConfigKeys.LOG_FORMAT);
    return switch (value) {
      case "json" -> true;
      case "text" -> false;
      default ->
          throw values.bad(ConfigKeys.LOG_FORMAT.name(), value + " is neither json nor text");
    };
  }

  private String cgroup(ConfigKey key) throws ConfigException {
    String value = values.string(key);
    Path path = Path.of(value);
    if (!path.isAbsolute() || !path.equals(path.normalize()) || path.getNameCount() == 0) {
      throw values.bad(key.name(), value + " is no path such as /gantry");
    }
    return value;
  }
}
