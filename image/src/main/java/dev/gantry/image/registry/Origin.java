package dev.gantry.image.registry;

import java.net.URI;
import java.util.Locale;

/** Whether two addresses belong to one server: scheme, host and port. */
final class Origin {
  private Origin() {}

  static boolean same(URI a, URI b) {
    return of(a).equals(of(b));
  }

  static String of(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    int port = uri.getPort() > 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    boolean usual = port == (scheme.equals("https") ? 443 : 80);
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    return scheme + "://" + host + (usual ? "" : ":" + port);
  }
}
