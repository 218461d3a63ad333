package dev.gantry.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a request has to say to plug-ins that ask for it, by capability name: the source of each
 * plug-in's runtimeConfig (CNI conventions, "dynamic plugin specific fields").
 */
final class CapabilityArgs {
  private static final Logger log = LoggerFactory.getLogger(CapabilityArgs.class);
  static final String PORT_MAPPINGS = "portMappings";

  private CapabilityArgs() {}

  /**
   * All values that a plug-in of this network asks for; the others are not computed and so cannot
   * fail.
   */
  static Json.Obj of(AttachRequest request, NetworkConfig network) throws NetworkException {
    Json.Obj args = Json.Obj.EMPTY;
    if (!request.ports().isEmpty()) {
      if (network.declares(PORT_MAPPINGS)) {
        args =
            args.with(
                PORT_MAPPINGS,
                new Json.Arr(request.ports().stream().map(port -> (Json) port.toJson()).toList()));
      } else {
        log.warn(
            "pod {}/{}: no plug-in of network {} does port mappings, its host ports stay closed",
            request.podNamespace(),
            request.podName(),
            network.name());
      }
    }
    if (network.declares("bandwidth")) {
      var limits = Bandwidth.fromAnnotations(request.annotations());
      if (limits.isPresent()) {
        args = args.with("bandwidth", limits.get());
      }
    }
    if (network.declares("dns") && !request.dns().isEmpty()) {
      args = args.with("dns", request.dns().toJson());
    }
    if (network.declares("ipRanges") && !request.ipRanges().isEmpty()) {
      args = args.with("ipRanges", ranges(request));
    }
    if (network.declares("io.kubernetes.cri.pod-annotations") && !request.annotations().isEmpty()) {
      args = args.with("io.kubernetes.cri.pod-annotations", annotations(request));
    }
    return args;
  }

  /** One range set per subnet: a pod takes one address of each set, which is dual stack. */
  private static Json ranges(AttachRequest request) {
    return new Json.Arr(
        request.ipRanges().stream()
            .map(subnet -> (Json) new Json.Arr(List.of(Json.Obj.EMPTY.with("subnet", subnet))))
            .toList());
  }

  private static Json annotations(AttachRequest request) {
    Map<String, Json> members = new LinkedHashMap<>();
    request.annotations().forEach((name, value) -> members.put(name, new Json.Str(value)));
    return new Json.Obj(members);
  }

  /** The plug-in's share of them. */
  static Json.Obj forPlugin(NetworkConfig.Plugin plugin, Json.Obj args) {
    Map<String, Json> share = new LinkedHashMap<>(args.members());
    share.keySet().retainAll(plugin.capabilities());
    return new Json.Obj(share);
  }
}
