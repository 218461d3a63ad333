package dev.gantry.network;

import dev.gantry.linux.net.Link;
import dev.gantry.linux.net.LinkAddress;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The IPv4 networks that this host reaches or stands in, other than by its default route. */
final class HostAddresses {
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private HostAddresses() {}

  /** All networks that a new one must not overlap. */
  static List<Subnet> inUse() throws IOException {
    // /proc/net would show the main thread's namespace.
    List<Subnet> used = routes(Files.readAllLines(Path.of("/proc/thread-self/net/route")));
    for (LinkAddress address : Links.addresses()) {
      if (address.address() instanceof Inet4Address ip) {
        used.add(Subnet.of(ip, address.prefixLength()));
      }
    }
    used.addAll(nameServers(Path.of("/etc/resolv.conf")));
    return used;
  }

  /**
   * The lines of /proc/net/route, in which addresses are in network order but printed as numbers of
   * the host (proc(5)). A VPN's halves of the whole, 0.0.0.0/1 and 128.0.0.0/1, count as little as
   * a default route.
   */
  static List<Subnet> routes(List<String> lines) {
    List<Subnet> routes = new ArrayList<>();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      String[] fields = SPACE.split(line.strip(), -1);
      if (fields.length > 7) {
        int destination = Integer.reverseBytes(Integer.parseUnsignedInt(fields[1], 16));
        int prefix = Integer.bitCount(Integer.parseUnsignedInt(fields[7], 16));
        if (prefix > 1) {
          routes.add(new Subnet(destination, prefix));
        }
      }
    }
    return routes;
  }

  /**
   * A name server behind the default route would be cut off by a bridge that claims its address.
   */
  private static List<Subnet> nameServers(Path resolvConf) throws IOException {
    List<Subnet> servers = new ArrayList<>();
    if (Files.isRegularFile(resolvConf)) {
      for (String line : Files.readAllLines(resolvConf)) {
        String[] fields = SPACE.split(line.strip(), -1);
        if (fields.length > 1 && fields[0].equals("nameserver")) {
          literal(fields[1]).ifPresent(ip -> servers.add(Subnet.of(ip, 32)));
        }
      }
    }
    return servers;
  }

  private static Optional<Inet4Address> literal(String text) {
    try {
      return InetAddress.ofLiteral(text) instanceof Inet4Address ip
          ? Optional.of(ip)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the resolver passes over it as well
    }
  }

  /**
   * The smallest MTU of the links that lead out, so that a pod's packets fit; 1500 when there are
   * none.
   */
  static int mtu() throws IOException {
    int smallest = 1500;
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/route"))) {
      String[] fields = SPACE.split(line.strip(), -1);
      if (fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000")) {
        smallest = Math.min(smallest, Links.find(fields[0]).map(Link::mtu).orElse(smallest));
      }
    }
    return Math.max(smallest, 1280);
  }
}
