package dev.gantry.image.http;

import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What two requests must share to share a connection.
 *
 * @param host without brackets, in lower case
 * @param tlsVersion changes when the files of {@code tls} are read anew
 */
record Route(
    boolean secure, String host, int port, Tls tls, long tlsVersion, @Nullable Proxy proxy) {

  /**
   * @throws HttpException when it is not a http or https address
   * @throws ProxyException when the proxy for it is none
   */
  static Route of(URI uri, Tls tls, long tlsVersion, Proxies proxies) throws IOException {
    String scheme = uri.getScheme();
    boolean secure = "https".equalsIgnoreCase(scheme);
    if ((!secure && !"http".equalsIgnoreCase(scheme)) || uri.getHost() == null) {
      throw new HttpException("'" + uri + "' is not a http or https address");
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
    return new Route(secure, host, port, tls, tlsVersion, proxies.choose(secure, host, port));
  }

  /** Host and port, as CONNECT wants it. */
  String authority() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
