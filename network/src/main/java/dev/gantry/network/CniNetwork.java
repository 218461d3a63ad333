package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The order of plug-in calls for one pod: ADD forwards with chained results, DEL backwards (spec
 * section 3).
 */
final class CniNetwork {
  private static final Path OWN_NETNS = Path.of("/proc/self/ns/net");

  /**
   * The reference plug-ins whose CHECK is wrong before they speak version 1.1: portmap misses rules
   * of the family that a pod has no address of, bandwidth crashes.
   */
  private static final Set<String> CHECKS_WRONGLY_BEFORE_1_1 = Set.of("portmap", "bandwidth");

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
        Json.Obj config = withResult(pod, plugin, result -> result);
        protocol.call(call(CniVerb.DEL, pod, plugin, config, netns));
      }
    }
  }

  /**
   * Asks each plug-in whether what it made is still there; a list may forbid the question. The
   * addresses of the links on the node are not asked for: udev changes them as soon as a link is
   * there (MACAddressPolicy in systemd.link(5)), and which link it is its peer tells.
   */
  void check(Attachment pod) throws NetworkException {
    if (pod.network().disableCheck() || !pod.network().version().atLeast(CniVersion.V0_4_0)) {
      return;
    }
    for (NetworkConfig.Plugin plugin : pod.network().plugins()) {
      if (!hasNothingToDo(plugin, pod) && checksRightly(plugin, pod)) {
        Json.Obj config = withResult(pod, plugin, CniResult::withoutMacsOfNode);
        protocol.call(call(CniVerb.CHECK, pod, plugin, config, pod.netns().toString()));
      }
    }
  }

  private boolean checksRightly(NetworkConfig.Plugin plugin, Attachment pod)
      throws NetworkException {
    return !CHECKS_WRONGLY_BEFORE_1_1.contains(plugin.type())
        || protocol.versions(plugin.type(), pod.pluginDirs()).contains(CniVersion.V1_1_0.text());
  }

  /**
   * Asks each plug-in whether pods can be added (spec section 4, "STATUS"); a network of before
   * version 1.1 has no such question.
   */
  void status(NetworkConfig network, List<Path> pluginDirs) throws NetworkException {
    if (!network.version().atLeast(CniVersion.V1_1_0)) {
      return;
    }
    for (NetworkConfig.Plugin plugin : network.plugins()) {
      protocol.call(nodeCall(CniVerb.STATUS, plugin, pluginDirs, base(network, plugin)));
    }
  }

  /**
   * Tells each plug-in which attachments there are, so that it drops what belongs to none of them
   * (spec section 4, "GC"). All are told, also when one fails.
   *
   * @param valid ids of pods that have the network, or are being added to it
   */
  void collectGarbage(NetworkConfig network, List<Path> pluginDirs, List<String> valid)
      throws NetworkException {
    if (!network.version().atLeast(CniVersion.V1_1_0) || network.disableGc()) {
      return;
    }
    Json attachments =
        new Json.Arr(
            valid.stream()
                .map(podId ->
                    (Json)
                        Json.Obj.EMPTY
                            .with("containerID", podId)
                            .with("ifname", PodNetworks.INTERFACE))
                .toList());
    NetworkException first = null;
    for (NetworkConfig.Plugin plugin : network.plugins()) {
      Json.Obj config =
          base(network, plugin)
              .with("cni.dev/valid-attachments", attachments)
              // So the specification called them by mistake (containernetworking/cni#1101).
              .with("cni.dev/attachments", attachments);
      try {
        protocol.call(nodeCall(CniVerb.GC, plugin, pluginDirs, config));
      } catch (NetworkException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static PluginProtocol.Call nodeCall(
      CniVerb verb, NetworkConfig.Plugin plugin, List<Path> pluginDirs, Json.Obj config) {
    return new PluginProtocol.Call(verb, plugin.type(), pluginDirs, "", "", "", "", config);
  }

  private static Json.Obj base(NetworkConfig network, NetworkConfig.Plugin plugin) {
    return plugin.raw().with("name", network.name()).with("cniVersion", network.version().text());
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

  private static Json.Obj withResult(
      Attachment pod, NetworkConfig.Plugin plugin, UnaryOperator<Json.Obj> told) {
    Json.Obj config = config(pod, plugin);
    return pod.network().version().atLeast(CniVersion.V0_4_0) && pod.result().isPresent()
        ? config.with("prevResult", told.apply(pod.result().get()))
        : config;
  }

  private static Json.Obj config(Attachment pod, NetworkConfig.Plugin plugin) {
    Json.Obj config = base(pod.network(), plugin);
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
