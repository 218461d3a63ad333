package dev.gantry.network;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One port of the host that leads to a port of the pod.
 *
 * @param hostIp the host address that listens, or null for every address
 * @see <a
 *     href="https://github.com/containernetworking/cni.dev/blob/main/content/docs/conventions.md">CNI
 *     conventions: portMappings</a>
 */
public record PortMapping(
    Protocol protocol, int containerPort, int hostPort, @Nullable InetAddress hostIp) {

  /** The transport protocols that CRI names. */
  public enum Protocol {
    TCP,
    UDP,
    SCTP;

    /** The name that CNI plug-ins read. */
    String cniName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public PortMapping {
    requirePort("container port", containerPort);
    requirePort("host port", hostPort);
  }

  private static void requirePort(String what, int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(what + " " + port + " is not between 1 and 65535");
    }
  }

  Json.Obj toJson() {
    return Json.Obj.EMPTY
        .with("hostPort", Json.Num.of(hostPort))
        .with("containerPort", Json.Num.of(containerPort))
        .with("protocol", protocol.cniName())
        .with("hostIP", hostIp == null || hostIp.isAnyLocalAddress() ? "" : IpText.of(hostIp));
  }
}
