package dev.gantry.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An IPv4 network.
 *
 * @param address its first address, as an unsigned 32-bit number
 */
record Subnet(int address, int prefix) {
  Subnet {
    if (prefix < 0 || prefix > 32) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
    address &= mask(prefix);
  }

  private static int mask(int prefix) {
    return prefix == 0 ? 0 : -1 << (32 - prefix);
  }

  static Subnet of(Inet4Address address, int prefix) {
    return new Subnet(ByteBuffer.wrap(address.getAddress()).getInt(), prefix);
  }

  /** Reads {@code a.b.c.d/n}. */
  static Subnet parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0
        || !(InetAddress.ofLiteral(text.substring(0, slash)) instanceof Inet4Address ip)) {
      throw new IllegalArgumentException("\"" + text + "\" is no IPv4 subnet");
    }
    return of(ip, Integer.parseInt(text.substring(slash + 1)));
  }

  boolean overlaps(Subnet other) {
    int shorter = mask(Math.min(prefix, other.prefix));
    return (address & shorter) == (other.address & shorter);
  }

  @Override
  public String toString() {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255)
        + "/"
        + prefix;
  }
}
