package dev.gantry.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A token server as {@code docker-registry} with {@code auth: token} trusts it: it signs JSON web
 * tokens for the scopes asked for, for {@link Registry#USER} everything, for who says nothing what
 * is public.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/jwt/">distribution, token
 *     authentication implementation</a>
 */
public final class TokenServer implements AutoCloseable {
  /** What the registry is called in tokens. */
  public static final String SERVICE = "gantry-test";

  static final String ISSUER = "gantry-test-tokens";

  /** The identity token (OAuth's refresh token) that stands for {@link Registry#USER}. */
  public static final String IDENTITY_TOKEN = "an-identity-token";

  /** docker-registry takes a token for so long after its end. */
  private static final Duration LEEWAY = Duration.ofSeconds(60);

  private static final String BASIC = basic(Registry.USER, Registry.PASSWORD);

  private final HttpDoor door;
  private final TestAuthority.Pair signer;
  private final PrivateKey key;
  private final Set<String> published = ConcurrentHashMap.newKeySet();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicLong issued = new AtomicLong();
  private volatile Duration good = Duration.ofMinutes(5);
  private volatile Duration told = Duration.ofMinutes(5);

  private TokenServer(TestAuthority.Pair signer) throws IOException, GeneralSecurityException {
    this.signer = signer;
    this.key =
        KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(signer.keyBytes()));
    this.door = new HttpDoor(this::handle);
  }

  /** Starts a server that signs with this RSA key. */
  public static TokenServer start(TestAuthority.Pair signer) {
    try {
      return new TokenServer(signer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets everyone pull from a repository. */
  public TokenServer publish(String repository) {
    published.add(repository);
    return this;
  }

  /**
   * Makes tokens that the registry refuses after {@code real}, and says they last for {@code
   * claimed}: a client finds out by a 401 in the middle of its work.
   */
  public TokenServer lifetime(Duration real, Duration claimed) {
    good = real;
    told = claimed;
    return this;
  }

  /** Returns where tokens are to be asked for. */
  public URI realm() {
    return URI.create("http://127.0.0.1:" + door.port() + "/token");
  }

  /** Returns every request so far: method, path, query, form. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Returns a token that opens these scopes, as a {@code registry_token} of credentials. */
  public String token(String... scopes) {
    return sign(Registry.USER, List.of(scopes), true);
  }

  /** Returns the certificate that the registry verifies tokens with. */
  Path certificate() {
    return signer.certificate();
  }

  @Override
  public void close() {
    door.close();
  }

  private boolean handle(HttpDoor.Head head, OutputStream out) throws IOException {
    requests.add(head.method() + " " + head.target() + " " + head.form());
    URI target = URI.create(head.target());
    boolean post = head.method().equals("POST");
    Map<String, List<String>> parameters = parameters(post ? head.form() : target.getRawQuery());
    String user = user(head, post, parameters);
    if (!"/token".equals(target.getPath()) || user == null) {
      return answer(out, 401, Map.of("details", "incorrect username or password"));
    }
    List<String> scopes = new ArrayList<>();
    for (String scope : parameters.getOrDefault("scope", List.of())) {
      scopes.addAll(Arrays.asList(scope.split(" ", -1)));
    }
    String token = sign(user, scopes, user.equals(Registry.USER));
    Map<String, Object> body = new LinkedHashMap<>();
    body.put(post ? "access_token" : "token", token);
    body.put("expires_in", told.toSeconds());
    return answer(out, 200, body);
  }

  private static @Nullable String user(
      HttpDoor.Head head, boolean post, Map<String, List<String>> parameters) {
    String authorization = head.headers().get("Authorization");
    if (post) {
      return parameters.getOrDefault("refresh_token", List.of()).contains(IDENTITY_TOKEN)
          ? Registry.USER
          : null;
    }
    if (authorization == null) {
      return "";
    }
    return authorization.equals(BASIC) ? Registry.USER : null;
  }

  private String sign(String user, List<String> scopes, boolean everything) {
    Instant now = Instant.now();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", ISSUER);
    claims.put("sub", user);
    claims.put("aud", SERVICE);
    claims.put("exp", now.plus(good).minus(LEEWAY).getEpochSecond());
    claims.put("nbf", now.minus(LEEWAY).getEpochSecond());
    claims.put("iat", now.getEpochSecond());
    claims.put("jti", String.valueOf(issued.incrementAndGet()));
    claims.put("access", scopes.stream().map(s -> access(s, everything)).toList());
    Map<String, Object> header =
        Map.of("typ", "JWT", "alg", "RS256", "x5c", List.of(signer.base64()));
    String text = base64(Json.bytes(header)) + "." + base64(Json.bytes(claims));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return text + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns what of {@code repository:name:pull,push} is granted. */
  private Map<String, Object> access(String scope, boolean everything) {
    int first = scope.indexOf(':');
    int last = scope.lastIndexOf(':');
    if (first < 0 || last == first) {
      return Map.of("type", "none", "name", "", "actions", List.of());
    }
    String name = scope.substring(first + 1, last);
    List<String> wanted = Arrays.asList(scope.substring(last + 1).split(",", -1));
    List<String> granted = new ArrayList<>();
    if (everything) {
      granted.addAll(wanted);
    } else if (published.contains(name) && wanted.contains("pull")) {
      granted.add("pull");
    }
    return Map.of("type", scope.substring(0, first), "name", name, "actions", granted);
  }

  private static boolean answer(OutputStream out, int status, Map<String, Object> document)
      throws IOException {
    byte[] body = Json.bytes(document);
    out.write(
        HttpDoor.ascii(
            "HTTP/1.1 "
                + status
                + " Answer\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length
                + "\r\n\r\n"));
    out.write(body);
    return true;
  }

  private static Map<String, List<String>> parameters(@Nullable String encoded) {
    Map<String, List<String>> parameters = new TreeMap<>();
    for (String pair : (encoded == null ? "" : encoded).split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters
            .computeIfAbsent(pair.substring(0, equals), k -> new ArrayList<>())
            .add(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return parameters;
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }
}
