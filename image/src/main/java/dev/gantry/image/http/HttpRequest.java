package dev.gantry.image.http;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request. {@code Host} and {@code Content-Length} are set by the client unless given.
 *
 * @param uri absolute, {@code http} or {@code https}
 * @param connectTimeout for all addresses of the host together, and once more for the TLS handshake
 * @param body null when the request carries none
 */
public record HttpRequest(
    String method,
    URI uri,
    Map<String, List<String>> headers,
    Tls tls,
    Duration connectTimeout,
    @Nullable RequestBody body) {

  /** The same with this header in place of what it had of that name, whatever the case. */
  public HttpRequest with(String header, String value) {
    var all = new LinkedHashMap<>(headers);
    all.keySet().removeIf(header::equalsIgnoreCase);
    all.put(header, List.of(value));
    return new HttpRequest(method, uri, all, tls, connectTimeout, body);
  }
}
