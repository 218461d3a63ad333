package dev.gantry.image.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as an environment variable names it.
 *
 * @param user empty for none, as is the password
 * @param variable where it was named, for errors
 */
record Proxy(Kind kind, String host, int port, String user, String password, String variable) {
  /** What it speaks. */
  enum Kind {
    HTTP("http", 80),
    HTTPS("https", 443),
    SOCKS5("socks5", 1080);

    private final String scheme;
    private final int port;

    Kind(String scheme, int port) {
      this.scheme = scheme;
      this.port = port;
    }

    static @Nullable Kind of(String scheme) {
      return switch (scheme.toLowerCase(Locale.ROOT)) {
        case "http" -> HTTP;
        case "https" -> HTTPS;
        case "socks5", "socks5h" -> SOCKS5;
        default -> null;
      };
    }
  }

  /**
   * {@code [http://|https://|socks5://|socks5h://][user:password@]host[:port]}, as Go takes it.
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
    Kind kind = Kind.of(String.valueOf(uri.getScheme()));
    String host = uri.getHost();
    if (host == null || kind == null) {
      throw new ProxyException(
          "the proxy in "
              + variable
              + " is no http://, https:// or socks5:// address; other kinds are not supported");
    }
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = uri.getPort() > 0 ? uri.getPort() : kind.port;
    String login = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo();
    int colon = login.indexOf(':');
    String user = colon < 0 ? login : login.substring(0, colon);
    String password = colon < 0 ? "" : login.substring(colon + 1);
    return new Proxy(kind, plain, port, decoded(user), decoded(password), variable);
  }

  /** Percent escapes, of which + is none. */
  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Whether it is told of requests, and does not just pass bytes on. */
  boolean speaksHttp() {
    return kind != Kind.SOCKS5;
  }

  /** Value of Proxy-Authorization, or empty. */
  String authorization() {
    if (user.isEmpty() && password.isEmpty()) {
      return "";
    }
    byte[] login = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(login);
  }

  /** Without the password. */
  @Override
  public String toString() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "proxy " + kind.scheme + "://" + name + ":" + port + " (" + variable + ")";
  }
}
