package dev.gantry.daemon.pod;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.network.AttachRequest;
import dev.gantry.network.DnsServers;
import dev.gantry.network.NetworkException;
import dev.gantry.network.PodNetwork;
import dev.gantry.network.PodNetworks;
import dev.gantry.network.PortMapping;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The pod's place in the pod network: CNI ADD and DEL. */
public final class SandboxNetwork {
  private final PodNetworks networks;

  public SandboxNetwork(PodNetworks networks) {
    this.networks = networks;
  }

  /**
   * Attaches the pod and returns its addresses, the primary first; none with the node's network.
   *
   * @param guest whether a sandbox of its own kernel will take the addresses over
   */
  public List<String> make(String podId, SandboxPaths paths, SandboxOptions options, boolean guest)
      throws NetworkException, CallFailure {
    if (options.hostNetwork()) {
      return List.of();
    }
    PodSandboxMetadata metadata = options.config().getMetadata();
    DNSConfig dns = options.config().getDnsConfig();
    PodNetwork network =
        networks.attach(
            new AttachRequest(
                    podId,
                    metadata.getName(),
                    metadata.getNamespace(),
                    metadata.getUid(),
                    paths.pin(NamespaceType.NETWORK),
                    portMappings(options.config().getPortMappingsList()),
                    options.config().getAnnotationsMap())
                .withDns(
                    new DnsServers(
                        dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()))
                .withGuest(guest));
    return network.addresses();
  }

  /** The mappings that have a host port; the others only tell what a container listens on. */
  private static List<PortMapping> portMappings(List<dev.gantry.cri.v1.PortMapping> asked)
      throws CallFailure {
    var mappings = new ArrayList<PortMapping>();
    for (var mapping : asked) {
      if (mapping.getHostPort() != 0) {
        mappings.add(
            new PortMapping(
                protocol(mapping),
                mapping.getContainerPort(),
                mapping.getHostPort(),
                hostIp(mapping.getHostIp())));
      }
    }
    return mappings;
  }

  private static PortMapping.Protocol protocol(dev.gantry.cri.v1.PortMapping mapping)
      throws CallFailure {
    return switch (mapping.getProtocol()) {
      case TCP -> PortMapping.Protocol.TCP;
      case UDP -> PortMapping.Protocol.UDP;
      case SCTP -> PortMapping.Protocol.SCTP;
      case UNRECOGNIZED ->
          throw CallFailure.invalid(
              "port_mappings: protocol " + mapping.getProtocolValue() + " is unknown");
    };
  }

  private static @Nullable InetAddress hostIp(String text) throws CallFailure {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw CallFailure.invalid("port_mappings: host_ip " + text + " is no IP address");
    }
  }

  /** Whether something is left to be detached; from memory. */
  boolean isAttached(String podId) {
    return networks.isAttached(podId);
  }

  /**
   * Has the network of a pod of an earlier boot detached even when power loss has taken what was
   * known of it. A pod that was stopped has no address, and one that was being made has none yet.
   */
  public void recover(PodRecord pod) {
    boolean stopped = pod.getState() == PodState.POD_STATE_NOT_READY && pod.getIpsCount() == 0;
    if (!stopped && !new SandboxOptions(pod.getConfig()).hostNetwork()) {
      networks.wasAttached(pod.getId());
    }
  }

  /** Detaches the pod; idempotent. */
  public void undo(String podId) throws NetworkException {
    networks.detach(podId);
  }
}
