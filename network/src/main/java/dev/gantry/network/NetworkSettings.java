package dev.gantry.network;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How pods get their network.
 *
 * @param configDirs directories of CNI configurations, the first with a valid file wins
 * @param pluginDirs directories of plug-in programs, searched in order
 * @param pluginTimeout the longest that one call of one plug-in may take before it is killed
 * @param builtin the network to use when no configuration directory holds any configuration, or
 *     null to be not ready then
 * @param template makes a configuration when the node's pod CIDRs are told, or null
 */
public record NetworkSettings(
    List<Path> configDirs,
    List<Path> pluginDirs,
    Duration pluginTimeout,
    @Nullable BuiltinBridge builtin,
    @Nullable ConfTemplate template) {
  public NetworkSettings {
    configDirs = configDirs.stream().map(Path::toAbsolutePath).toList();
    pluginDirs = pluginDirs.stream().map(Path::toAbsolutePath).toList();
    if (pluginTimeout.isNegative() || pluginTimeout.isZero()) {
      throw new IllegalArgumentException("plug-in timeout " + pluginTimeout + " is not positive");
    }
  }

  /** Settings without a template. */
  public NetworkSettings(
      List<Path> configDirs,
      List<Path> pluginDirs,
      Duration pluginTimeout,
      @Nullable BuiltinBridge builtin) {
    this(configDirs, pluginDirs, pluginTimeout, builtin, null);
  }
}
