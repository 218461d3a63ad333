package dev.gantry.image.registry;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;

/** Follows redirects, which registries send to where they keep blobs. */
final class Redirects {
  private static final int MOST_REDIRECTS = 8;

  private Redirects() {}

  /** The answer at the end of the redirects. */
  static HttpAnswer follow(Transport transport, RegistryHost host, Transport.Request first)
      throws IOException {
    Transport.Request request = first;
    for (int i = 0; ; i++) {
      HttpAnswer answer = transport.send(request);
      String location =
          switch (answer.status()) {
            case 301, 302, 303, 307, 308 -> answer.header("Location");
            default -> null;
          };
      if (location == null) {
        return answer;
      }
      Transport.discard(answer);
      if (i == MOST_REDIRECTS) {
        throw new IOException("more than " + MOST_REDIRECTS + " redirects");
      }
      request = redirected(host, request, location);
    }
  }

  /** The next request; what was meant for this host alone stays behind when the host changes. */
  private static Transport.Request redirected(
      RegistryHost host, Transport.Request from, String location) throws IOException {
    URI to;
    try {
      to = from.uri().resolve(new URI(location));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IOException("redirect to something that is not an address", e);
    }
    String scheme = to.getScheme();
    if (to.getRawAuthority() == null
        || scheme == null
        || !(scheme.equals("https") || scheme.equals("http"))) {
      throw new IOException("redirect to " + to + ", which is not a http address");
    }
    if (scheme.equals("http")
        && from.uri().getScheme().equals("https")
        && !RegistryHost.isLoopback(to.getRawAuthority())) {
      throw new IOException(
          "refused a redirect from HTTPS to plain "
              + to.getScheme()
              + "://"
              + to.getRawAuthority());
    }
    var headers = new LinkedHashMap<>(from.headers());
    boolean same =
        scheme.equals(from.uri().getScheme())
            && to.getRawAuthority().equalsIgnoreCase(from.uri().getRawAuthority());
    if (!same) {
      headers.remove("Authorization");
      host.headers().keySet().forEach(headers::remove);
    }
    return new Transport.Request(
        from.method(), to, headers, from.tls(), from.connectTimeout(), from.body());
  }
}
