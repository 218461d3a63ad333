package dev.gantry.image.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy a request goes through, by {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code
 * NO_PROXY} or their lower-case names, as Go's {@code httpproxy} reads them. What is on this
 * machine (loopback addresses, {@code localhost}) never goes through a proxy.
 *
 * @see <a href="https://pkg.go.dev/golang.org/x/net/http/httpproxy">httpproxy</a>
 */
public final class Proxies {
  public static final Proxies NONE = new Proxies(Map.of());

  private final Map<String, String> environment;
  private final NoProxy without;

  private Proxies(Map<String, String> environment) {
    this.environment = environment;
    this.without = new NoProxy(variable("NO_PROXY"));
  }

  /**
   * @param environment of the process; what is wrong in it is an error of the requests it is about
   */
  public static Proxies from(Map<String, String> environment) {
    return new Proxies(Map.copyOf(environment));
  }

  private String variable(String name) {
    String upper = environment.getOrDefault(name, "");
    return upper.isEmpty()
        ? environment.getOrDefault(name.toLowerCase(java.util.Locale.ROOT), "")
        : upper;
  }

  /** The proxy for a request, or null when it goes straight to its host. */
  @Nullable Proxy choose(boolean secure, String host, int port) throws ProxyException {
    String name = secure ? "HTTPS_PROXY" : "HTTP_PROXY";
    String value = variable(name);
    if (value.isBlank() || local(host) || without.matches(host, port)) {
      return null;
    }
    return Proxy.parse(value, name);
  }

  private static boolean local(String host) {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    byte[] address = NoProxy.address(host);
    try {
      return address != null && InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }
}
