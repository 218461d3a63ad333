package dev.gantry.image.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * A proxy as an environment variable names it.
 *
 * @param secure whether the proxy itself is reached by TLS
 * @param authorization value of Proxy-Authorization, or empty
 * @param variable where it was named, for errors
 */
record Proxy(boolean secure, String host, int port, String authorization, String variable) {

  /**
   * {@code [http://|https://][user:password@]host[:port]}, as curl and Go take it.
   *
   * @throws ProxyException when it is nothing of the kind; the message leaves the password out
   */
  static Proxy parse(String value, String variable) throws ProxyException {
    String text = value.strip();
    URI uri;
    try {
      uri = new URI(text.contains("://") ? text : "http://" + text);
    } catch (URISyntaxException e) {
      throw new ProxyException("the proxy in " + variable + " is not an address");
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    String host = uri.getHost();
    if (host == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new ProxyException(
          "the proxy in "
              + variable
              + " is no http:// or https:// address; other kinds are not supported");
    }
    boolean secure = scheme.equals("https");
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
    return new Proxy(secure, plain, port, basic(uri.getRawUserInfo()), variable);
  }

  private static String basic(String userInfo) {
    if (userInfo == null || userInfo.isEmpty()) {
      return "";
    }
    // Percent escapes, of which + is none.
    String joined = userInfo.contains(":") ? userInfo : userInfo + ":";
    String decoded = URLDecoder.decode(joined.replace("+", "%2B"), StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(decoded.getBytes(StandardCharsets.UTF_8));
  }

  /** Without the password. */
  @Override
  public String toString() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "proxy " + (secure ? "https://" : "http://") + name + ":" + port + " (" + variable + ")";
  }
}
