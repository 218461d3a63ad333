package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The order of plug-in calls for one pod: ADD forwards with chained results, DEL backwards (spec
 * section 3).
 */
final class CniNetwork {
  private static final Path OWN_NETNS = Path.of("/proc/self/ns/net");
  private final PluginProtocol protocol;

  CniNetwork(PluginProtocol protocol) {
    this.protocol = protocol;
  }

  /**
   * Adds the pod; the answer is the last plug-in's. What a failing plug-in leaves is for {@link
   * #del}.
   */
  CniResult add(Attachment pod) throws NetworkException {
    CniResult previous = null;
    for (NetworkConfig.Plugin plugin : pod.network().plugins()) {
      if (previous != null && hasNothingToDo(plugin, pod)) {
        continue;
      }
      Json.Obj config = config(pod, plugin);
      if (previous != null) {
        config = config.with("prevResult", previous.raw());
      }
      PluginProtocol.Call call = call(CniVerb.ADD, pod, plugin, config, pod.netns().toString());
      String answer = protocol.call(call);
      try {
        previous = CniResult.read(answer, pod.network().version());
      } catch (CniResult.BadResultException e) {
        throw PluginProtocol.badAnswer(call, answer, String.valueOf(e.getMessage()));
      }
    }
    if (previous == null) {
      throw new IllegalStateException("network " + pod.network().name() + " has no plug-ins");
    }
    return previous;
  }

  /**
   * Deletes what {@link #add} made, also when it was never called, was cut short, or the namespace
   * is gone; a DEL that finds nothing succeeds (spec section 2, "DEL").
   */
  void del(Attachment pod) throws NetworkException {
    String netns = isNamespace(pod.netns()) ? pod.netns().toString() : "";
    for (NetworkConfig.Plugin plugin : pod.network().plugins().reversed()) {
      if (!hasNothingToDo(plugin, pod)) {
        protocol.call(call(CniVerb.DEL, pod, plugin, withResult(pod, plugin), netns));
      }
    }
  }

  /** Asks each plug-in whether what it made is still there; a list may forbid the question. */
  void check(Attachment pod) throws NetworkException {
    if (pod.network().disableCheck() || !pod.network().version().atLeast(CniVersion.V0_4_0)) {
      return;
    }
    for (NetworkConfig.Plugin plugin : pod.network().plugins()) {
      if (!hasNothingToDo(plugin, pod)) {
        protocol.call(
            call(CniVerb.CHECK, pod, plugin, withResult(pod, plugin), pod.netns().toString()));
      }
    }
  }

  /**
   * The portmap plug-in without a mapping makes nothing and hands the result on, yet its DEL runs
   * iptables a dozen times, which is most of what such a pod's end would take.
   */
  private static boolean hasNothingToDo(NetworkConfig.Plugin plugin, Attachment pod) {
    return plugin.type().equals("portmap")
        && plugin.capabilities().contains(CapabilityArgs.PORT_MAPPINGS)
        && pod.capabilityArgs().list(CapabilityArgs.PORT_MAPPINGS).isEmpty()
        && plugin.raw().object("runtimeConfig").isEmpty();
  }

  private static Json.Obj withResult(Attachment pod, NetworkConfig.Plugin plugin) {
    Json.Obj config = config(pod, plugin);
    return pod.network().version().atLeast(CniVersion.V0_4_0) && pod.result().isPresent()
        ? config.with("prevResult", pod.result().get())
        : config;
  }

  private static Json.Obj config(Attachment pod, NetworkConfig.Plugin plugin) {
    Json.Obj config =
        plugin
            .raw()
            .with("name", pod.network().name())
            .with("cniVersion", pod.network().version().text());
    Json.Obj runtimeConfig = CapabilityArgs.forPlugin(plugin, pod.capabilityArgs());
    return runtimeConfig.isEmpty() ? config : config.with("runtimeConfig", runtimeConfig);
  }

  private static PluginProtocol.Call call(
      CniVerb verb, Attachment pod, NetworkConfig.Plugin plugin, Json.Obj config, String netns) {
    return new PluginProtocol.Call(
        verb,
        plugin.type(),
        pod.pluginDirs(),
        pod.podId(),
        netns,
        pod.interfaceName(),
        pod.cniArgs(),
        config);
  }

  /**
   * Whether a namespace is pinned there: after its end the path is absent, or the plain file under
   * the mount.
   */
  static boolean isNamespace(Path netns) {
    try {
      return Files.getAttribute(netns, "unix:dev")
          .equals(Files.getAttribute(OWN_NETNS, "unix:dev"));
    } catch (IOException e) {
      return false;
    }
  }
}
