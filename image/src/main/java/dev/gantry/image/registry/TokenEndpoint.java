package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fetches access tokens where a bearer challenge says: anonymously or with Basic credentials by
 * GET, with an identity token by OAuth 2's refresh grant.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">token auth</a>
 * @see <a href="https://distribution.github.io/distribution/spec/auth/oauth/">OAuth 2</a>
 */
final class TokenEndpoint {
  private static final int MOST_BYTES = 256 * 1024;

  /** The specification's default when the answer has no expires_in. */
  private static final long DEFAULT_SECONDS = 60;

  private final Transport transport;

  TokenEndpoint(Transport transport) {
    this.transport = transport;
  }

  /**
   * An access token.
   *
   * @param expiresAt {@link System#nanoTime()} after which it is not used any more
   */
  record Token(String value, long expiresAt) {
    boolean usable() {
      return System.nanoTime() - expiresAt < 0;
    }
  }

  /**
   * @throws IOException saying what the token server answered
   */
  Token fetch(RegistryHost host, Challenge challenge, String scope, Credentials credentials)
      throws IOException {
    URI realm = realm(host, challenge);
    var parameters = new LinkedHashMap<String, String>();
    if (!challenge.parameter("service").isEmpty()) {
      parameters.put("service", challenge.parameter("service"));
    }
    parameters.put("scope", scope);
    Transport.Request request;
    String basic = credentials.basic();
    if (!credentials.identityToken().isEmpty()) {
      parameters.put("client_id", "gantry");
      parameters.put("grant_type", "refresh_token");
      parameters.put("refresh_token", credentials.identityToken());
      request = request("POST", host, realm, query(parameters));
    } else {
      String joint = realm.getRawQuery() == null ? "?" : "&";
      request = request("GET", host, URI.create(realm + joint + query(parameters)), null);
      if (!basic.isEmpty()) {
        request = request.with("Authorization", "Basic " + basic);
      }
    }
    try (HttpAnswer answer = transport.send(request)) {
      if (answer.status() != 200) {
        throw new IOException("token from " + realm + ": " + ErrorBody.describe(answer));
      }
      return parse(answer.bytes(MOST_BYTES), realm);
    } catch (java.net.SocketException | java.net.UnknownHostException e) {
      throw new IOException("token from " + realm + ": " + e.getMessage(), e);
    }
  }

  private static Transport.Request request(
      String method, RegistryHost host, URI uri, @Nullable String form) {
    var headers = new LinkedHashMap<String, List<String>>();
    headers.put("Accept", List.of("application/json"));
    if (form != null) {
      headers.put("Content-Type", List.of("application/x-www-form-urlencoded"));
    }
    return new Transport.Request(
        method,
        uri,
        headers,
        host.tls(),
        host.connectTimeout(),
        form == null ? null : RequestBody.of(form.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Credentials go where the challenge says, but never in the clear unless the registry is. */
  private static URI realm(RegistryHost host, Challenge challenge) throws IOException {
    URI realm;
    try {
      realm = new URI(challenge.parameter("realm"));
    } catch (java.net.URISyntaxException e) {
      throw new IOException("the bearer challenge's realm is not an address", e);
    }
    String scheme = realm.getScheme();
    if (realm.getRawAuthority() == null
        || scheme == null
        || !(scheme.equals("https") || scheme.equals("http"))) {
      throw new IOException("the bearer challenge's realm '" + realm + "' is not a http address");
    }
    if (scheme.equals("http")
        && !host.base().getScheme().equals("http")
        && !RegistryHost.isLoopback(realm.getRawAuthority())) {
      throw new IOException("refused to ask " + realm + " for a token over plain HTTP");
    }
    return realm;
  }

  private static Token parse(byte[] body, URI realm) throws IOException {
    try {
      Object json = OciJson.parse(body, Object.class);
      if (json instanceof Map<?, ?> map) {
        Object value = map.get("token");
        if (!(value instanceof String s) || s.isEmpty()) {
          value = map.get("access_token");
        }
        if (value instanceof String token && !token.isEmpty() && token.indexOf('\n') < 0) {
          long seconds =
              map.get("expires_in") instanceof Number n ? n.longValue() : DEFAULT_SECONDS;
          // A little early, so that a token does not expire on its way.
          long usable = Math.max(1, Math.min(seconds, 86_400) - 10);
          return new Token(token, System.nanoTime() + Duration.ofSeconds(usable).toNanos());
        }
      }
    } catch (RuntimeException notJson) {
      throw new IOException("token from " + realm + ": the answer is not JSON", notJson);
    }
    throw new IOException("token from " + realm + ": the answer holds no token");
  }

  private static String query(Map<String, String> parameters) {
    var text = new StringBuilder();
    parameters.forEach((k, v) ->
        text.append(text.isEmpty() ? "" : "&")
            .append(k)
            .append('=')
            .append(URLEncoder.encode(v, StandardCharsets.UTF_8)));
    return text.toString();
  }
}
