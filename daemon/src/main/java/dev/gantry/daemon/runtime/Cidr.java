package dev.gantry.daemon.runtime;

import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Subnets as text, with the rules of Go's net.ParseCIDR: what passes here passes with plug-ins. No
 * name is ever looked up.
 */
final class Cidr {
  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String IPV4 = OCTET + "(?:\\." + OCTET + "){3}";

  /** Only the shape: how many groups there may be {@link InetAddress} knows. */
  private static final String IPV6 = "(?:[0-9a-fA-F]{0,4}:){2,8}(?:[0-9a-fA-F]{0,4}|" + IPV4 + ")";

  private static final Pattern CIDR =
      Pattern.compile("(?:(?<v4>" + IPV4 + ")|(?<v6>" + IPV6 + "))/0*(?<bits>\\d{1,3})");

  private Cidr() {}

  /** Whether it is an IPv4 or IPv6 address with the length of a prefix that such can have. */
  static boolean isValid(String text) {
    Matcher cidr = CIDR.matcher(text);
    if (!cidr.matches()) {
      return false;
    }
    int bits = Integer.parseInt(cidr.group("bits"));
    String v6 = cidr.group("v6");
    return v6 == null ? bits <= Integer.SIZE : bits <= 128 && isLiteral(v6);
  }

  private static boolean isLiteral(String address) {
    try {
      return InetAddress.ofLiteral(address) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
