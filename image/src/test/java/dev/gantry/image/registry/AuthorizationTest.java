package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.image.http.StubServer;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestAuthority;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TokenServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tokens and passwords, with docker-registry and with servers that say strange things. */
class AuthorizationTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static final Credentials ME = Credentials.of(Registry.USER, Registry.PASSWORD);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final TestImage image =
      TestImage.builder().layer(TarEntry.file("a", "a")).layer(TarEntry.file("b", "b")).build();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  private static RegistrySettings settings() {
    return RegistrySettings.of(List.of())
        .withStall(Duration.ofSeconds(5))
        .withRetry(new RetryPolicy(2, Duration.ofMillis(5), Duration.ofMillis(50)));
  }

  private static void pull(RegistryClient client, String name, Credentials who) throws IOException {
    ImageReference reference = ImageReference.parse(name);
    RegistrySession session = client.open(reference, who);
    ManifestPuller.byTag(session, reference.manifestKey());
  }

  private void blob(RegistrySession session, int layer) throws IOException {
    Digest digest = Digest.parse(image.layers().get(layer).digest());
    try (var in = BlobPuller.open(session, digest)) {
      assertThat(Digest.sha256Of(in.readAllBytes())).isEqualTo(digest);
    }
  }

  private TokenServer tokens() {
    TestAuthority authority = TestAuthority.make(dirs.dir("ca"), "authority");
    return opened(TokenServer.start(authority.signer("tokens")));
  }

  @Test
  void everyKindOfCredentialsOpensARealRegistry() throws Exception {
    TokenServer tokens = tokens();
    Registry registry = opened(Registry.options().tokens(tokens).start());
    String name = registry.push("team/app", "1", image);
    String open = registry.push("open", "1", image);
    tokens.publish("open");
    pull(new RegistryClient(settings()), open, Credentials.NONE);
    assertThatThrownBy(() -> pull(new RegistryClient(settings()), name, Credentials.NONE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("401 Unauthorized")
        .hasMessageContaining("no credentials for " + registry.host() + " in the request")
        .hasMessageContaining("imagePullSecret");
    pull(new RegistryClient(settings()), name, ME);
    String auth =
        Base64.getEncoder()
            .encodeToString(
                (Registry.USER + ":" + Registry.PASSWORD).getBytes(StandardCharsets.US_ASCII));
    pull(new RegistryClient(settings()), name, new Credentials("", "", auth, "", "", ""));
    var identity = new Credentials("", "", "", "", TokenServer.IDENTITY_TOKEN, "");
    pull(new RegistryClient(settings()), name, identity);
    assertThat(tokens.requests().getLast())
        .startsWith("POST /token")
        .contains("grant_type=refresh_token", "refresh_token=" + TokenServer.IDENTITY_TOKEN)
        .contains("scope=repository%3Ateam%2Fapp%3Apull");
    int before = tokens.requests().size();
    String token = tokens.token("repository:team/app:pull");
    pull(new RegistryClient(settings()), name, new Credentials("", "", "", "", "", token));
    assertThat(tokens.requests()).as("a registry token is sent as it is").hasSize(before);
  }

  @Test
  void filesServeWhereTheRequestBringsNothingAndErrorsNameThem() throws Exception {
    Registry registry = opened(Registry.startWithLogin());
    String name = registry.push("team/app", "1", image);
    Path file = dirs.path("auth.json");
    RegistrySettings settings = settings().withAuthFiles(List.of(file));
    var client = new RegistryClient(settings);
    assertThatThrownBy(() -> pull(client, name, Credentials.NONE))
        .hasMessageContaining("no credentials for " + registry.host() + " in the request;");
    write(file, registry.host() + "/other", Registry.PASSWORD);
    assertThatThrownBy(() -> pull(client, name, Credentials.NONE))
        .hasMessageContaining(
            "no credentials for %s in the request or in %s", registry.host(), file);
    write(file, registry.host() + "/team", "wrong");
    assertThatThrownBy(() -> pull(client, name, Credentials.NONE))
        .hasMessageContaining(
            "with the credentials of %s from %s (%s/team)", Registry.USER, file, registry.host())
        .hasMessageNotContaining("wrong");
    write(file, registry.host() + "/team", Registry.PASSWORD);
    pull(client, name, Credentials.NONE);
    assertThatThrownBy(() -> pull(client, name, Credentials.of("me", "wrong")))
        .as("what the request brings goes before")
        .hasMessageContaining("with the credentials of me from the request");
    Files.writeString(file, "{ broken");
    assertThatThrownBy(() -> pull(new RegistryClient(settings), name, Credentials.NONE))
        .hasMessageContaining(file + " is not JSON");
  }

  private static void write(Path file, String key, String password) throws IOException {
    String auth =
        Base64.getEncoder()
            .encodeToString((Registry.USER + ":" + password).getBytes(StandardCharsets.US_ASCII));
    Files.writeString(file, "{\"auths\":{\"" + key + "\":{\"auth\":\"" + auth + "\"}}}");
  }

  @Test
  void aTokenThatEndsInMidPullIsRenewed() throws Exception {
    TokenServer tokens = tokens().lifetime(Duration.ofSeconds(3), Duration.ofMinutes(5));
    Registry registry = opened(Registry.options().tokens(tokens).start());
    ImageReference name = ImageReference.parse(registry.push("app", "1", image));
    RegistrySession session = new RegistryClient(settings()).open(name, ME);
    ManifestPuller.byTag(session, "1");
    blob(session, 0);
    assertThat(tokens.requests()).hasSize(1);
    Thread.sleep(4100); // the registry counts in whole seconds
    blob(session, 1);
    assertThat(tokens.requests()).hasSize(2);
  }

  @Test
  void manyRequestsThatNeedATokenGetItOnce() throws Exception {
    TokenServer tokens = tokens();
    Registry registry = opened(Registry.options().tokens(tokens).start());
    ImageReference name = ImageReference.parse(registry.push("app", "1", image));
    RegistrySession session = new RegistryClient(settings()).open(name, ME);
    var results = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        int layer = i % 2;
        results.add(
            threads.submit(() -> {
              blob(session, layer);
              return null;
            }));
      }
    }
    for (var r : results) {
      r.get();
    }
    assertThat(tokens.requests()).hasSize(1);
  }

  /** A registry whose manifests want this token. */
  private StubServer registry(String challenge, AtomicInteger refused, String... good) {
    return opened(
        new StubServer((request, out) -> {
          String sent = "" + request.header("Authorization");
          for (String one : good) {
            if (sent.equals(one)) {
              return StubServer.reply(out, 200, "{}");
            }
          }
          refused.incrementAndGet();
          return StubServer.reply(out, 401, "who?", challenge);
        }));
  }

  @Test
  void tokensAreRenewedBeforeTheyEndWithTheRefreshTokenThatCameAlong() throws Exception {
    StubServer tokens =
        opened(
            new StubServer((request, out) ->
                request.method().equals("GET")
                    ? StubServer.reply(
                        out,
                        200,
                        "{\"token\":\"one\",\"expires_in\":11,\"refresh_token\":\"again\"}")
                    : StubServer.reply(out, 200, "{\"access_token\":\"two\",\"expires_in\":300}")));
    var refused = new AtomicInteger();
    StubServer registry =
        registry(
            "WWW-Authenticate: Bearer realm=\"http://%s/t\",service=\"s\",scope=\"repository:app:pull repository:base:pull\""
                .formatted(tokens.host()),
            refused,
            "Bearer one",
            "Bearer two");
    var client = new RegistryClient(settings());
    pull(client, registry.host() + "/app:1", Credentials.NONE);
    Thread.sleep(1100); // one second is what is left of eleven
    pull(client, registry.host() + "/app:1", Credentials.NONE);
    assertThat(refused).as("only the first request was refused").hasValue(1);
    assertThat(tokens.requests().getFirst().target())
        .isEqualTo("/t?service=s&scope=repository%3Aapp%3Apull&scope=repository%3Abase%3Apull");
    assertThat(tokens.requests().getLast().body())
        .contains("grant_type=refresh_token", "refresh_token=again", "service=s")
        .contains("scope=repository%3Aapp%3Apull+repository%3Abase%3Apull");
  }

  @Test
  void ofSeveralChallengesTheFirstThatCanBeMetIsMet() throws Exception {
    var refused = new AtomicInteger();
    StubServer registry =
        registry(
            "WWW-Authenticate: Negotiate, Bearer realm=\"ftp://x\", Basic realm=\"r\"",
            refused,
            "Basic bWU6cA==");
    pull(new RegistryClient(settings()), registry.host() + "/app:1", Credentials.of("me", "p"));
    assertThat(refused).hasValue(1);
  }

  @Test
  void aServerThatTakesNoGetIsAskedByPost() throws Exception {
    StubServer tokens =
        opened(
            new StubServer((request, out) ->
                request.method().equals("GET")
                    ? StubServer.reply(out, 405, "")
                    : StubServer.reply(out, 200, "{\"access_token\":\"t\"}")));
    StubServer registry =
        registry(
            "WWW-Authenticate: Bearer realm=\"http://" + tokens.host() + "/\"",
            new AtomicInteger(),
            "Bearer t");
    pull(new RegistryClient(settings()), registry.host() + "/app:1", Credentials.of("me", "p w"));
    assertThat(tokens.requests().getLast().body())
        .contains("grant_type=password", "username=me", "password=p+w")
        .contains("scope=repository%3Aapp%3Apull");
  }

  @Test
  void strangeTokenServersAreBoundedAndNamed() throws Exception {
    for (var strange :
        List.of(
            List.of("not json", "the answer is not JSON"),
            List.of("{}", "the answer holds no token"),
            List.of("{\"token\":5}", "the answer holds no token"),
            List.of("{\"token\":\"a\\r\\nX: y\"}", "none that fits a header"),
            List.of("{\"token\":\"" + "a".repeat(100_000) + "\"}", "the answer"),
            List.of("{\"token\":\"" + "a".repeat(300_000) + "\"}", "exceeds 262144 bytes"))) {
      StubServer tokens =
          opened(new StubServer((request, out) -> StubServer.reply(out, 200, strange.getFirst())));
      StubServer registry =
          registry(
              "WWW-Authenticate: Bearer realm=\"http://" + tokens.host() + "/t\"",
              new AtomicInteger());
      assertThatThrownBy(() ->
              pull(new RegistryClient(settings()), registry.host() + "/app:1", Credentials.NONE))
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("token from http://" + tokens.host() + "/t: ")
          .hasMessageContaining(strange.getLast());
    }
    StubServer angry =
        opened(
            new StubServer((request, out) ->
                StubServer.reply(out, 403, "{\"details\":\"go\\u001b[31m away\"}")));
    StubServer registry =
        registry(
            "WWW-Authenticate: Bearer realm=\"http://" + angry.host() + "/t\"",
            new AtomicInteger());
    assertThatThrownBy(() ->
            pull(
                new RegistryClient(settings()),
                registry.host() + "/app:1",
                Credentials.of("me", "geheim")))
        .hasMessageContaining("403 Forbidden: go [31m away (with the credentials of me from the")
        .hasMessageNotContaining("geheim")
        .extracting(e -> ((RegistryException) e).kind())
        .isEqualTo(RegistryException.Kind.UNAUTHORIZED);
  }

  @Test
  void challengesThatMakeNoSenseEndInTheRefusal() {
    for (String header :
        List.of(
            "X: y",
            "WWW-Authenticate: ",
            "WWW-Authenticate: Bearer",
            "WWW-Authenticate: Bearer realm=\"\"",
            "WWW-Authenticate: Digest realm=\"x\", nonce=\"" + "n".repeat(20_000) + "\"")) {
      StubServer registry = registry(header, new AtomicInteger());
      assertThatThrownBy(() ->
              pull(
                  new RegistryClient(settings()),
                  registry.host() + "/app:1",
                  Credentials.of("me", "p")))
          .as(header)
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("401 Unauthorized: who?");
      assertThat(registry.requests()).hasSize(1);
    }
  }

  @Test
  void aMirrorSeesTheRequestsCredentialsOnlyWhereNobodyElseDoes() throws Exception {
    var mirror =
        new Keyring(Credentials.of("me", "p"), AuthFiles.NONE)
            .find(mirror("http://mirror.example/v2"));
    assertThat(mirror.credentials().isEmpty()).isTrue();
    assertThat(mirror.source()).contains("not sent in the clear to a mirror");
    for (String safe : List.of("https://mirror.example/v2", "http://127.0.0.1:5000/v2")) {
      assertThat(
              new Keyring(Credentials.of("me", "p"), AuthFiles.NONE)
                  .find(mirror(safe))
                  .credentials()
                  .user())
          .isEqualTo("me");
    }
  }

  private static RegistryHost mirror(String base) {
    return new RegistryHost(
        java.net.URI.create(base),
        "app",
        java.util.Set.of(),
        dev.gantry.image.http.Tls.SYSTEM,
        java.util.Map.of(),
        "r.example",
        true,
        RegistryHost.Schemes.FIXED,
        Duration.ofSeconds(1));
  }
}
