package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which network pods get now: the first valid file of the configuration directories, else the
 * built-in bridge if there is one and the directories hold nothing at all.
 *
 * <p>Whether the network is ready is worked out at each {@link #refresh} and {@link #askPlugins},
 * and then only read.
 */
final class NetworkCatalog {
  private static final Logger log = LoggerFactory.getLogger(NetworkCatalog.class);

  private final NetworkSettings settings;
  private final CniNetwork cni;
  private final ReentrantLock refreshing = new ReentrantLock();
  private volatile State state;

  /** What the last look found. */
  private record State(ConfigListing listing, NetworkStatus status, Optional<String> refusal) {}

  NetworkCatalog(NetworkSettings settings, CniNetwork cni) {
    this.settings = settings;
    this.cni = cni;
    ConfigListing listing = ConfigListing.read(settings.configDirs());
    this.state = new State(listing, statusOf(listing, Optional.empty()), Optional.empty());
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
      // What the plug-ins of another network said is of no meaning now.
      boolean same = listing.first().equals(before.listing().first());
      Optional<String> refusal = same ? before.refusal() : Optional.empty();
      state = new State(listing, statusOf(listing, refusal), refusal);
      report(before, state);
    } finally {
      refreshing.unlock();
    }
  }

  /**
   * Asks the plug-ins whether they can add pods, where their version has that question (CNI
   * STATUS); nobody waits for their answer but the caller.
   */
  @SuppressWarnings("ReferenceEquality") // the very listing that was asked for, not one like it
  void askPlugins() {
    ConfigListing asked = state.listing();
    Optional<String> refusal = refusal(asked);
    refreshing.lock();
    try {
      State before = state;
      if (before.listing() == asked) {
        state = new State(asked, statusOf(asked, refusal), refusal);
        report(before, state);
      }
    } finally {
      refreshing.unlock();
    }
  }

  /** The directories of single plug-ins, which lie beside the files that were found last. */
  Set<Path> pluginFileDirs() {
    return state.listing().beside().keySet();
  }

  /** The networks of all files that are valid, the pods' first. */
  List<NetworkConfig> networks() {
    return state.listing().networks().stream().map(ConfigListing.Found::network).toList();
  }

  /** The network for the next pod. */
  NetworkConfig choose(boolean withPorts) throws NetworkException {
    refresh(false);
    if (state.refusal().isPresent()) {
      askPlugins(); // nobody else may: a client that never asks for Status
    }
    State now = state;
    if (!now.status().ready()) {
      throw new NetworkException.NotReady(now.status().message());
    }
    return configured(now, withPorts);
  }

  /** The network that is configured, also while its plug-ins can add no pod: for a DEL. */
  NetworkConfig configured() throws NetworkException {
    refresh(false);
    return configured(state, true);
  }

  private NetworkConfig configured(State now, boolean withPorts) throws NetworkException {
    Optional<ConfigListing.Found> first = now.listing().first();
    if (first.isPresent()) {
      return first.get().network();
    }
    BuiltinBridge builtin = settings.builtin();
    if (builtin == null || !now.listing().problems().isEmpty()) {
      throw new NetworkException.NotReady(now.status().message());
    }
    try {
      return builtin.network(withPorts);
    } catch (IOException e) {
      throw new NetworkException.JournalFailed("built-in bridge: " + e.getMessage(), e);
    }
  }

  /** Why the plug-ins say that they can add no pod; empty when they can or were not asked. */
  private Optional<String> refusal(ConfigListing listing) {
    Optional<ConfigListing.Found> first = listing.first();
    if (first.isEmpty() || missing(first.get().network()).isPresent()) {
      return Optional.empty();
    }
    try {
      cni.status(first.get().network(), settings.pluginDirs());
      return Optional.empty();
    } catch (NetworkException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private Optional<String> missing(NetworkConfig network) {
    return missing(network.plugins().stream().map(NetworkConfig.Plugin::type).toList());
  }

  private NetworkStatus statusOf(ConfigListing listing, Optional<String> refusal) {
    Optional<ConfigListing.Found> first = listing.first();
    if (first.isPresent()) {
      NetworkConfig network = first.get().network();
      String source = first.get().file().toString();
      return missing(network)
          .or(() -> refusal)
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
