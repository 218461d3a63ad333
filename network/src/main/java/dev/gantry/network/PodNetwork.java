package dev.gantry.network;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod's network as its plug-ins made it.
 *
 * @param ips the pod's addresses, the primary one first, never empty
 * @param gateway of the primary address, when the plug-ins named one
 * @param macAddress of the pod's interface, when the plug-ins named it
 * @param rawResult the last plug-in's result, JSON as the plug-in wrote it but for white space
 */
public record PodNetwork(
    String networkName,
    String interfaceName,
    List<InetAddress> ips,
    @Nullable InetAddress gateway,
    @Nullable String macAddress,
    String rawResult) {

  public PodNetwork {
    ips = List.copyOf(ips);
    if (ips.isEmpty()) {
      throw new IllegalArgumentException("network " + networkName + " has no address");
    }
  }

  /** The address that CRI reports as the pod's IP; the others are its additional IPs. */
  public InetAddress primaryIp() {
    return ips.getFirst();
  }

  /** {@link #ips} as text in canonical form (RFC 5952), as CRI reports them. */
  public List<String> addresses() {
    return ips.stream().map(IpText::of).toList();
  }
}
