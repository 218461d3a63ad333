package dev.gantry.network;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Addresses as text in the canonical form, which the JDK does not write for IPv6. */
final class IpText {
  private static final int GROUPS = 8;

  private IpText() {}

  /** The address by RFC 5952 section 4, without a scope. */
  static String of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    byte[] bytes = address.getAddress();
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < GROUPS; i++) {
      groups.add(Integer.toHexString(((bytes[2 * i] & 255) << 8) | (bytes[2 * i + 1] & 255)));
    }
    int start = -1;
    int length = 1; // a single group of zeros is written out
    for (int i = 0; i < GROUPS; i++) {
      int zeros = 0;
      while (i + zeros < GROUPS && groups.get(i + zeros).equals("0")) {
        zeros++;
      }
      if (zeros > length) {
        start = i;
        length = zeros;
      }
    }
    return start < 0
        ? String.join(":", groups)
        : String.join(":", groups.subList(0, start))
            + "::"
            + String.join(":", groups.subList(start + length, GROUPS));
  }
}
