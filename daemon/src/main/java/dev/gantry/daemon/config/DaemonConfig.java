package dev.gantry.daemon.config;

import dev.gantry.daemon.spec.BaseSpec;
import dev.gantry.network.ConfTemplate;
import dev.gantry.streaming.StreamingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon was told: the values of {@link ConfigKeys}, checked and typed.
 *
 * @param runtimes the OCI runtimes by handler name, never empty, in order of preference
 */
public record DaemonConfig(
    Path root,
    Path state,
    Path socket,
    LogLevel logLevel,
    boolean logJson,
    CgroupDriver cgroupDriver,
    String cgroupParent,
    String monitorsCgroup,
    String defaultRuntime,
    String conmon,
    String catatonit,
    ContainerSettings container,
    ImageSettings image,
    NetworkConfig network,
    Optional<MetricsAddress> metrics,
    StreamingSettings streaming,
    Map<String, HandlerConfig> runtimes) {

  /** The value of {@code default_runtime} that means: the first handler that works. */
  public static final String AUTO = "auto";

  /** The same with these directories. */
  public DaemonConfig in(Path otherRoot, Path otherState) {
    return new DaemonConfig(
        otherRoot,
        otherState,
        socket,
        logLevel,
        logJson,
        cgroupDriver,
        cgroupParent,
        monitorsCgroup,
        defaultRuntime,
        conmon,
        catatonit,
        container,
        image,
        network,
        metrics,
        streaming,
        runtimes);
  }

  /**
   * The settings of a handler; those of one that is not configured any more let nothing through.
   */
  public HandlerConfig handler(String name) {
    HandlerConfig handler = runtimes.get(name);
    return handler == null ? HandlerConfig.named(name) : handler;
  }

  /** How much is logged. */
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /** Who makes cgroups. */
  public enum CgroupDriver {
    AUTO,
    CGROUPFS,
    SYSTEMD
  }

  /** What becomes of a container's output while there is no room for its log. */
  public enum FullLogDisk {
    /** It stays in the container's pipe, and who writes more waits. */
    WAIT,
    /** It is lost, and the container goes on. */
    DROP
  }

  /**
   * Settings of {@code [container]}.
   *
   * @param cdiDirs where CDI files are
   * @param blockIoConfig classes of block I/O, null for none
   * @param pidsLimit most processes and threads of one container, 0 for no limit
   * @param fullLogDisk what becomes of output for which a log's disk has no room
   */
  public record ContainerSettings(
      List<Path> cdiDirs, @Nullable Path blockIoConfig, int pidsLimit, FullLogDisk fullLogDisk) {
    public ContainerSettings {
      cdiDirs = List.copyOf(cdiDirs);
    }
  }

  /**
   * Settings of {@code [image]}.
   *
   * @param directory where images are kept
   * @param pinned names of images that are never spare; {@code *} matches anything
   * @param registriesConf containers-registries.conf(5), null for none
   * @param authFiles containers-auth.json(5) and Docker's config.json
   * @param parallelLayers 1 to 32
   * @param mountArchives whether layers stay archives that are mounted, where the kernel can
   * @param connections most for one layer, 1 to 16
   * @param stallTimeout longest wait for the next byte of a registry's answer
   * @param abandonedPull how long a pull goes on that nobody waits for
   * @param policyFile containers-policy.json(5)
   * @param policyRequired whether that file must exist
   */
  public record ImageSettings(
      Path directory,
      List<String> pinned,
      List<Path> certsDirs,
      @Nullable Path registriesConf,
      List<Path> authFiles,
      int parallelLayers,
      boolean mountArchives,
      int connections,
      Duration stallTimeout,
      Duration abandonedPull,
      Path policyFile,
      boolean policyRequired) {
    public ImageSettings {
      pinned = List.copyOf(pinned);
      certsDirs = List.copyOf(certsDirs);
      authFiles = List.copyOf(authFiles);
    }
  }

  /**
   * Settings of {@code [network]}.
   *
   * @param template makes a configuration of the node's pod CIDRs, null for none
   */
  public record NetworkConfig(
      List<Path> configDirs,
      List<Path> pluginDirs,
      Duration pluginTimeout,
      boolean defaultNetwork,
      @Nullable ConfTemplate template) {
    public NetworkConfig {
      configDirs = List.copyOf(configDirs);
      pluginDirs = List.copyOf(pluginDirs);
    }
  }

  /** Where metrics are served. */
  public record MetricsAddress(String host, int port) {
    private static final Pattern FORM =
        Pattern.compile("(?:\\[([0-9a-fA-F:.]+)\\]|([^:\\[\\]\\s]+)):(\\d{1,5})");

    /** What HOST:PORT says, if that is its form. */
    static Optional<MetricsAddress> parse(String text) {
      Matcher parts = FORM.matcher(text);
      if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65_535) {
        return Optional.empty();
      }
      String host = parts.group(1) == null ? parts.group(2) : parts.group(1);
      return Optional.of(new MetricsAddress(host, Integer.parseInt(parts.group(3))));
    }

    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * Settings of one {@code [runtimes.<handler>]} table.
   *
   * @param path the binary, a path or a name
   * @param root where the runtime keeps its state, null for a directory of Gantry's
   * @param options given to the runtime before its command
   * @param allowedAnnotations names, or beginnings with {@code *} behind, that are handed on
   * @param baseSpec what every container gets
   */
  public record HandlerConfig(
      String name,
      String path,
      @Nullable Path root,
      List<String> options,
      List<String> allowedAnnotations,
      BaseSpec baseSpec) {
    public HandlerConfig {
      options = List.copyOf(options);
      allowedAnnotations = List.copyOf(allowedAnnotations);
    }

    /** The handler whose binary has its name, with nothing else set. */
    static HandlerConfig named(String name) {
      return new HandlerConfig(name, name, null, List.of(), List.of(), BaseSpec.EMPTY);
    }
  }
}
