package dev.gantry.image.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that are reached without a proxy, in the forms that Go's {@code httpproxy} knows: a
 * comma-separated list of {@code *}, addresses, CIDR blocks, {@code host}, {@code .suffix} and
 * {@code *.suffix}, all but the blocks with an optional port. Entries that make no sense match
 * nothing.
 *
 * @see <a href="https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config">httpproxy.Config</a>
 */
final class NoProxy {
  private final List<Rule> rules = new ArrayList<>();
  private boolean all;

  private sealed interface Rule {
    boolean matches(String host, byte @Nullable [] address, int port);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(byte[] network, int bits) implements Rule {
    @Override
    public boolean matches(String host, byte @Nullable [] address, int port) {
      if (address == null || address.length != network.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((address[bit >> 3] & mask) != (network[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * @param port -1 for any
   * @param itself whether the name without the suffix's dot matches too
   */
  private record Name(String suffix, boolean itself, int port) implements Rule {
    @Override
    public boolean matches(String host, byte @Nullable [] address, int asked) {
      return (port < 0 || port == asked)
          && (host.endsWith(suffix) || (itself && host.equals(suffix.substring(1))));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Address(byte[] bytes, int port) implements Rule {
    @Override
    public boolean matches(String host, byte @Nullable [] address, int asked) {
      return (port < 0 || port == asked) && java.util.Arrays.equals(bytes, address);
    }
  }

  NoProxy(String list) {
    for (String entry : list.split(",", -1)) {
      String text = entry.strip().toLowerCase(Locale.ROOT);
      if (text.equals("*")) {
        all = true;
      } else if (!text.isEmpty()) {
        Rule rule = rule(text);
        if (rule != null) {
          rules.add(rule);
        }
      }
    }
  }

  /**
   * @param host in lower case, an IPv6 address without brackets
   */
  boolean matches(String host, int port) {
    if (all) {
      return true;
    }
    byte[] address = address(host);
    return rules.stream().anyMatch(r -> r.matches(host, address, port));
  }

  private static @Nullable Rule rule(String text) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      byte[] network = address(text.substring(0, slash));
      String bits = text.substring(slash + 1);
      return network != null
              && bits.matches("\\d{1,3}")
              && Integer.parseInt(bits) <= 8 * network.length
          ? new Block(network, Integer.parseInt(bits))
          : null;
    }
    String host = text;
    int port = -1;
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    if (colon >= 0 && (bracketed ? text.charAt(colon - 1) == ']' : text.indexOf(':') == colon)) {
      String digits = text.substring(colon + 1);
      if (!digits.matches("\\d{1,5}")) {
        return null;
      }
      host = text.substring(0, colon);
      port = Integer.parseInt(digits);
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    byte[] address = address(host);
    if (address != null) {
      return new Address(address, port);
    }
    if (host.startsWith("*.")) {
      host = host.substring(1);
    }
    if (host.isEmpty() || host.equals(".")) {
      return null;
    }
    return host.startsWith(".") ? new Name(host, false, port) : new Name("." + host, true, port);
  }

  /** The address that the text is, an IPv4 one mapped into IPv6 as IPv4; null for a name. */
  static byte @Nullable [] address(String text) {
    boolean four = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!four && (text.indexOf(':') < 0 || !text.matches("[0-9a-f:.]+"))) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
