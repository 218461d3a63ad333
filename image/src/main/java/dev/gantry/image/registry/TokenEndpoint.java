package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.http.FailureText;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.http.HttpClient;
import dev.gantry.image.http.HttpRequest;
import dev.gantry.image.http.RequestBody;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fetches access tokens where a bearer challenge says: anonymously or with Basic credentials by
 * GET; with an identity token, or where a server takes no GET, by an OAuth 2 POST.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">token auth</a>
 * @see <a href="https://distribution.github.io/distribution/spec/auth/oauth/">OAuth 2</a>
 */
final class TokenEndpoint {
  private static final int MOST_BYTES = 256 * 1024;
  private static final int MOST_TOKEN = 64 * 1024;

  /** The specification's default when the answer has no expires_in. */
  private static final long DEFAULT_SECONDS = 60;

  private final HttpClient http;

  TokenEndpoint(HttpClient http) {
    this.http = http;
  }

  /**
   * An access token.
   *
   * @param expiresAt {@link System#nanoTime()} after which it is not used any more
   * @param refresh what to get the next one with, or empty
   */
  record Token(String value, long expiresAt, String refresh) {
    boolean usable() {
      return System.nanoTime() - expiresAt < 0;
    }

    @Override
    public String toString() {
      return "token";
    }
  }

  /** Why there is no token, and what the server answered: 0 when it was not reached. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    RefusedException(String message, int status, @Nullable Throwable cause) {
      super(message, cause);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * @param scopes what is wanted, each as {@code repository:name:pull}
   * @param refresh of an earlier token, preferred to the credentials; or empty
   * @throws RefusedException saying what the token server answered
   */
  Token fetch(
      RegistryHost host,
      Challenge challenge,
      List<String> scopes,
      Credentials credentials,
      String refresh)
      throws IOException {
    URI realm = realm(host, challenge);
    String service = challenge.parameter("service");
    if (!refresh.isEmpty()) {
      try {
        return post(host, realm, service, scopes, Map.of("refresh_token", refresh));
      } catch (RefusedException e) {
        if (e.status() == 0) {
          throw e; // not reached; asking in another way would not help
        }
      }
    }
    String identity = credentials.identityToken();
    if (!identity.isEmpty()) {
      return post(host, realm, service, scopes, Map.of("refresh_token", identity));
    }
    try {
      return get(host, realm, service, scopes, credentials.basic());
    } catch (RefusedException e) {
      if ((e.status() != 404 && e.status() != 405) || credentials.basic().isEmpty()) {
        throw e;
      }
      var password = new LinkedHashMap<String, String>();
      password.put("username", credentials.user());
      password.put("password", credentials.secret());
      return post(host, realm, service, scopes, password);
    }
  }

  private Token get(RegistryHost host, URI realm, String service, List<String> scopes, String basic)
      throws IOException {
    var query = new Query();
    query.add("service", service);
    scopes.forEach(s -> query.add("scope", s));
    String joint = realm.getRawQuery() == null ? "?" : "&";
    HttpRequest request = request("GET", host, URI.create(realm + joint + query), null);
    return ask(realm, basic.isEmpty() ? request : request.with("Authorization", "Basic " + basic));
  }

  /**
   * @param grant the refresh token, or user name and password
   */
  private Token post(
      RegistryHost host, URI realm, String service, List<String> scopes, Map<String, String> grant)
      throws IOException {
    var form = new Query();
    form.add("grant_type", grant.containsKey("refresh_token") ? "refresh_token" : "password");
    grant.forEach(form::add);
    form.add("service", service);
    form.add("client_id", "gantry");
    form.add("access_type", "offline");
    form.add("scope", String.join(" ", scopes));
    return ask(realm, request("POST", host, realm, form.toString()));
  }

  private Token ask(URI realm, HttpRequest request) throws IOException {
    String what = "token from " + Origin.of(realm) + realm.getRawPath() + ": ";
    try (HttpAnswer answer = Redirects.follow(http, Set.of(), request)) {
      if (answer.status() != 200) {
        throw new RefusedException(
            what + ErrorBody.describe(answer, request.uri()), answer.status(), null);
      }
      return parse(answer.bytes(MOST_BYTES), what);
    } catch (RefusedException e) {
      throw e;
    } catch (SocketTimeoutException e) {
      throw new RefusedException(what + FailureText.of(e), 0, e);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new RefusedException(what + FailureText.of(e), 0, e);
    }
  }

  private static HttpRequest request(
      String method, RegistryHost host, URI uri, @Nullable String form) {
    var headers = new LinkedHashMap<String, List<String>>();
    headers.put("Accept", List.of("application/json"));
    if (form != null) {
      headers.put("Content-Type", List.of("application/x-www-form-urlencoded"));
    }
    return new HttpRequest(
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
    } catch (URISyntaxException e) {
      throw new RefusedException("the bearer challenge's realm is not an address", 0, e);
    }
    String scheme = realm.getScheme();
    if (realm.getHost() == null
        || scheme == null
        || !(scheme.equals("https") || scheme.equals("http"))) {
      throw new RefusedException("the bearer challenge's realm is not a http address", 0, null);
    }
    if (scheme.equals("http")
        && !host.base().getScheme().equals("http")
        && !RegistryHost.isLoopback(realm.getRawAuthority())) {
      throw new RefusedException(
          "refused to ask " + Origin.of(realm) + " for a token over plain HTTP", 0, null);
    }
    return realm;
  }

  private static Token parse(byte[] body, String what) throws RefusedException {
    Object json;
    try {
      json = OciJson.parse(body, Object.class);
    } catch (RuntimeException notJson) {
      throw new RefusedException(what + "the answer is not JSON", 200, notJson);
    }
    if (json instanceof Map<?, ?> map) {
      String token = string(map, "token");
      token = token.isEmpty() ? string(map, "access_token") : token;
      if (!token.isEmpty()) {
        if (token.length() > MOST_TOKEN || !token.matches("[!-~]+")) {
          throw new RefusedException(what + "the token is none that fits a header", 200, null);
        }
        long seconds = map.get("expires_in") instanceof Number n ? n.longValue() : DEFAULT_SECONDS;
        // A little early, so that a token does not expire on its way.
        long usable = Math.max(1, Math.clamp(seconds, 0, 86_400) - 10);
        return new Token(
            token,
            System.nanoTime() + Duration.ofSeconds(usable).toNanos(),
            string(map, "refresh_token"));
      }
    }
    throw new RefusedException(what + "the answer holds no token", 200, null);
  }

  private static String string(Map<?, ?> map, String key) {
    return map.get(key) instanceof String s ? s : "";
  }

  /** Pairs as a query or a form has them; empty ones are left out. */
  private static final class Query {
    private final List<String> pairs = new ArrayList<>();

    void add(String name, String value) {
      if (!value.isEmpty()) {
        pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
      }
    }

    @Override
    public String toString() {
      return String.join("&", pairs);
    }
  }
}
