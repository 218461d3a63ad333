package dev.gantry.linux.net;

/**
 * A network link.
 *
 * @param index its number in its network namespace
 * @param name such as {@code eth0}
 * @param kind such as {@code veth} or {@code bridge}; empty for a plain device and loopback
 * @param flags {@code IFF_…} bits of netdevice(7)
 * @param mtu largest packet, bytes
 * @param mac hardware address such as {@code 0a:58:0a:01:00:02}; empty when it has none
 * @param stats what went through it
 */
public record Link(
    int index, String name, String kind, int flags, int mtu, String mac, LinkStats stats) {
  private static final int IFF_UP = 1;

  /** Whether the link is administratively up. */
  public boolean up() {
    return (flags & IFF_UP) != 0;
  }
}
