package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which network pods get now: the first valid file of the configuration directories, else the
 * built-in bridge if there is one and the directories hold nothing at all.
 *
 * <p>Whether the network is ready is worked out at each {@link #refresh} and then only read.
 */
final class NetworkCatalog {
  private static final Logger log = LoggerFactory.getLogger(NetworkCatalog.class);

  private final NetworkSettings settings;
  private final ReentrantLock refreshing = new ReentrantLock();
  private volatile State state;

  /** What the last look found. */
  private record State(ConfigListing listing, NetworkStatus status) {}

  NetworkCatalog(NetworkSettings settings) {
    this.settings = settings;
    ConfigListing listing = ConfigListing.read(settings.configDirs());
    this.state = new State(listing, statusOf(listing));
    report(null, state);
  }

  NetworkStatus status() {
    return state.status();
  }

  /**
   * Looks again.
   *
   * @param changed something is known to have changed; otherwise files are only read again when
   *     their names, sizes or times differ
   */
  void refresh(boolean changed) {
    refreshing.lock();
    try {
      State before = state;
      ConfigListing listing =
          changed || !before.listing().isCurrent()
              ? ConfigListing.read(settings.configDirs())
              : before.listing();
      state = new State(listing, statusOf(listing));
      report(before, state);
    } finally {
      refreshing.unlock();
    }
  }

  /** The network for the next pod. */
  NetworkConfig choose(boolean withPorts) throws NetworkException {
    refresh(false);
    State now = state;
    if (!now.status().ready()) {
      throw new NetworkException.NotReady(now.status().message());
    }
    Optional<ConfigListing.Found> first = now.listing().first();
    if (first.isPresent()) {
      return first.get().network();
    }
    BuiltinBridge builtin = settings.builtin();
    if (builtin == null) {
      throw new NetworkException.NotReady(now.status().message());
    }
    try {
      return builtin.network(withPorts);
    } catch (IOException e) {
      throw new NetworkException.JournalFailed("built-in bridge: " + e.getMessage(), e);
    }
  }

  private NetworkStatus statusOf(ConfigListing listing) {
    Optional<ConfigListing.Found> first = listing.first();
    if (first.isPresent()) {
      NetworkConfig network = first.get().network();
      String source = first.get().file().toString();
      return missing(network.plugins().stream().map(NetworkConfig.Plugin::type).toList())
          .map(why -> "network \"" + network.name() + "\" from " + source + ": " + why)
          .map(why -> NetworkStatus.notReady(why, listing.problems()))
          .orElseGet(() -> NetworkStatus.ready(network.name(), source, listing.problems()));
    }
    if (!listing.problems().isEmpty()) {
      return NetworkStatus.notReady(
          "no valid network configuration: "
              + String.join("; ", listing.problems())
              + ": correct or remove the file",
          listing.problems());
    }
    BuiltinBridge builtin = settings.builtin();
    if (builtin != null) {
      String source = "the built-in bridge " + builtin.bridgeName();
      return missing(BuiltinBridge.PLUGINS)
          .map(why -> NetworkStatus.notReady(source + ": " + why, List.of()))
          .orElseGet(() -> NetworkStatus.ready(builtin.networkName(), source, List.of()));
    }
    return NetworkStatus.notReady(nothingThere(), List.of());
  }

  private Optional<String> missing(List<String> plugins) {
    return plugins.stream()
        .filter(plugin -> PluginProtocol.find(plugin, settings.pluginDirs()).isEmpty())
        .findFirst()
        .map(plugin ->
            "plug-in "
                + plugin
                + " not found in "
                + PluginProtocol.directories(settings.pluginDirs())
                + ": install it there");
  }

  private String nothingThere() {
    List<Path> absent =
        settings.configDirs().stream().filter(dir -> !Files.isDirectory(dir)).toList();
    return "no network configuration in "
        + PluginProtocol.directories(settings.configDirs())
        + (absent.isEmpty()
            ? " (no *.conflist, *.conf or *.json file)"
            : " (" + PluginProtocol.directories(absent) + " does not exist)")
        + ": install a network add-on, which puts one there, or set default_network = true";
  }

  private static void report(@Nullable State before, State now) {
    if (before != null && before.status().equals(now.status())) {
      return;
    }
    now.status()
        .problems()
        .forEach(problem -> log.warn("network configuration skipped: {}", problem));
    if (now.status().ready()) {
      log.info("network ready: {}", now.status().message());
    } else {
      log.warn("network not ready: {}", now.status().message());
    }
  }
}
