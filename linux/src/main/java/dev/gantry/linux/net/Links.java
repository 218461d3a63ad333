package dev.gantry.linux.net;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Links of the calling thread's network namespace, by rtnetlink(7). For a pod's, call through
 * {@link dev.gantry.linux.namespace.PodNamespaces#inNetwork}.
 */
public final class Links {
  /** The longest name a link can have, bytes: IFNAMSIZ less the closing NUL. */
  public static final int LONGEST_NAME = 15;

  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  private static final int LINK_HEADER = 16;

  /** Eight counters: what is read of them. */
  private static final int LINK_STATS = 64;

  private static final int ADDRESS_HEADER = 8;

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_STATS64 = 23;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFF_UP = 1;

  private Links() {}

  /** Brings up {@code lo}, which gives it 127.0.0.1 and ::1; already up is fine. */
  public static void loopbackUp() throws LinuxException {
    up("lo");
  }

  /**
   * Brings up a link; already up is fine.
   *
   * @throws LinuxException ENODEV when there is no such link
   */
  public static void up(String name) throws LinuxException {
    try (Netlink socket = Netlink.open()) {
      NetlinkMessage message =
          new NetlinkMessage(
                  RTM_NEWLINK, NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_ACK, 1)
              .linkHeader(0, IFF_UP, IFF_UP)
              .attribute(IFLA_IFNAME, checked(name));
      socket.acknowledged("bring up link", name, message.bytes());
    }
  }

  /** Whether there is a link of this name. */
  public static boolean exists(String name) throws LinuxException {
    return find(name).isPresent();
  }

  /** The link of this name, if there is one. */
  public static Optional<Link> find(String name) throws LinuxException {
    try (Netlink socket = Netlink.open()) {
      NetlinkMessage message =
          new NetlinkMessage(RTM_GETLINK, NetlinkMessage.NLM_F_REQUEST, 1)
              .linkHeader(0, 0, 0)
              .attribute(IFLA_IFNAME, checked(name));
      List<ByteBuffer> answer = socket.one("look up link", name, message.bytes(), RTM_NEWLINK);
      return answer.stream().map(Links::link).findFirst();
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Removes a link, for a pair of veths both ends.
   *
   * @return false when there was none of this name
   */
  public static boolean delete(String name) throws LinuxException {
    try (Netlink socket = Netlink.open()) {
      NetlinkMessage message =
          new NetlinkMessage(
                  RTM_DELLINK, NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_ACK, 1)
              .linkHeader(0, 0, 0)
              .attribute(IFLA_IFNAME, checked(name));
      socket.acknowledged("remove link", name, message.bytes());
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return false;
      }
      throw e;
    }
  }

  /** All links, loopback too. */
  public static List<Link> list() throws LinuxException {
    try (Netlink socket = Netlink.open()) {
      NetlinkMessage message =
          new NetlinkMessage(
                  RTM_GETLINK, NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_DUMP, 1)
              .linkHeader(0, 0, 0);
      return socket.dump("list links", message.bytes(), RTM_NEWLINK).stream()
          .map(Links::link)
          .toList();
    }
  }

  /** What went through each link, loopback too. */
  public static List<LinkStats> stats() throws LinuxException {
    return list().stream().map(Link::stats).toList();
  }

  /** All addresses of all links. */
  public static List<LinkAddress> addresses() throws LinuxException {
    try (Netlink socket = Netlink.open()) {
      NetlinkMessage message =
          new NetlinkMessage(
                  RTM_GETADDR, NetlinkMessage.NLM_F_REQUEST | NetlinkMessage.NLM_F_DUMP, 1)
              .addressHeader();
      List<LinkAddress> found = new ArrayList<>();
      for (ByteBuffer payload : socket.dump("list addresses", message.bytes(), RTM_NEWADDR)) {
        address(payload).ifPresent(found::add);
      }
      return List.copyOf(found);
    }
  }

  /** The addresses of one link; none when there is no such link. */
  public static List<LinkAddress> addresses(String name) throws LinuxException {
    Optional<Link> link = find(name);
    if (link.isEmpty()) {
      return List.of();
    }
    int index = link.get().index();
    return addresses().stream().filter(a -> a.linkIndex() == index).toList();
  }

  private static Link link(ByteBuffer payload) {
    int index = payload.getInt(4);
    int flags = payload.getInt(8);
    Map<Integer, ByteBuffer> attributes =
        NetlinkMessage.attributes(
            NetlinkMessage.slice(payload, LINK_HEADER, payload.limit() - LINK_HEADER));
    ByteBuffer empty = ByteBuffer.allocate(0);
    String name = NetlinkMessage.text(attributes.getOrDefault(IFLA_IFNAME, empty));
    ByteBuffer mtu = attributes.get(IFLA_MTU);
    return new Link(
        index,
        name,
        NetlinkMessage.text(
            NetlinkMessage.attributes(attributes.getOrDefault(IFLA_LINKINFO, empty))
                .getOrDefault(IFLA_INFO_KIND, empty)),
        flags,
        mtu == null ? 0 : mtu.getInt(0),
        mac(attributes.getOrDefault(IFLA_ADDRESS, empty)),
        stats(name, attributes.getOrDefault(IFLA_STATS64, empty)));
  }

  private static String mac(ByteBuffer attribute) {
    byte[] bytes = new byte[attribute.limit()];
    attribute.get(0, bytes);
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }

  /**
   * From {@code struct rtnl_link_stats64}: packets, bytes, errors and dropped ones, receiving first
   * of each.
   */
  private static LinkStats stats(String name, ByteBuffer a) {
    return a.limit() < LINK_STATS
        ? new LinkStats(name, LinkStats.Direction.NONE, LinkStats.Direction.NONE)
        : new LinkStats(name, direction(a, 0), direction(a, Long.BYTES));
  }

  private static LinkStats.Direction direction(ByteBuffer a, int first) {
    return new LinkStats.Direction(
        a.getLong(first + 16), a.getLong(first), a.getLong(first + 32), a.getLong(first + 48));
  }

  private static Optional<LinkAddress> address(ByteBuffer payload) {
    int prefix = Byte.toUnsignedInt(payload.get(1));
    int index = payload.getInt(4);
    Map<Integer, ByteBuffer> attributes =
        NetlinkMessage.attributes(
            NetlinkMessage.slice(payload, ADDRESS_HEADER, payload.limit() - ADDRESS_HEADER));
    // On a point-to-point link ADDRESS is the peer's and LOCAL our own.
    ByteBuffer own = attributes.getOrDefault(IFA_LOCAL, attributes.get(IFA_ADDRESS));
    if (own == null) {
      return Optional.empty();
    }
    byte[] bytes = new byte[own.limit()];
    own.get(0, bytes);
    try {
      return Optional.of(new LinkAddress(index, InetAddress.getByAddress(bytes), prefix));
    } catch (UnknownHostException notIp) {
      return Optional.empty();
    }
  }

  private static String checked(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > LONGEST_NAME || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("not a link name: \"" + name + "\"");
    }
    return name;
  }
}
