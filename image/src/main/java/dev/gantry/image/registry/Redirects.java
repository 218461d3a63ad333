package dev.gantry.image.registry;

import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.http.HttpClient;
import dev.gantry.image.http.HttpRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Follows redirects, which registries send to where they keep blobs. */
final class Redirects {
  private static final int MOST_REDIRECTS = 8;

  private Redirects() {}

  /**
   * The answer at the end of the redirects. What is meant for this host alone (Authorization and
   * {@code own} headers) stays behind as soon as scheme, host or port change, and is not picked up
   * again should the way lead back.
   *
   * @param own names of headers that were configured for this host
   */
  static HttpAnswer follow(HttpClient http, Set<String> own, HttpRequest first) throws IOException {
    HttpRequest request = first;
    for (int i = 0; ; i++) {
      HttpAnswer answer = http.send(request);
      String location = location(answer, first.method());
      if (location == null) {
        return answer;
      }
      answer.discard();
      if (i == MOST_REDIRECTS) {
        throw new IOException("more than " + MOST_REDIRECTS + " redirects");
      }
      request = redirected(own, request, location);
    }
  }

  /** What changes something may not turn into a GET on the way (RFC 9110, 15.4). */
  private static @Nullable String location(HttpAnswer answer, String method) {
    boolean reads = method.equals("GET") || method.equals("HEAD");
    return switch (answer.status()) {
      case 301, 302, 303 -> reads ? answer.header("Location") : null;
      case 307, 308 -> answer.header("Location");
      default -> null;
    };
  }

  private static HttpRequest redirected(Set<String> own, HttpRequest from, String location)
      throws IOException {
    URI to;
    try {
      to = from.uri().resolve(new URI(location));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IOException("redirect to something that is not an address", e);
    }
    String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
    if (to.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
      throw new IOException("redirect to something that is not a http or https address");
    }
    boolean downgrade = scheme.equals("http") && from.uri().getScheme().equals("https");
    if (downgrade
        && !(RegistryHost.isLoopback(to.getRawAuthority())
            && RegistryHost.isLoopback(from.uri().getRawAuthority()))) {
      throw new IOException("refused a redirect from HTTPS to plain " + Origin.of(to));
    }
    var headers = new LinkedHashMap<>(from.headers());
    if (!Origin.same(to, from.uri())) {
      headers
          .keySet()
          .removeIf(h ->
              h.equalsIgnoreCase("Authorization") || own.stream().anyMatch(h::equalsIgnoreCase));
    }
    return new HttpRequest(
        from.method(), to, headers, from.tls(), from.connectTimeout(), from.body());
  }
}
