package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySettings;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.FaultProxy;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestAuthority;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TokenServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A node that moves to Gantry with its certs.d, registries.conf and auth.json, before registries
 * with TLS, passwords and tokens; and what its operator reads when something is wrong.
 */
class RealRegistriesTest {
  private static final Duration STALL = Duration.ofSeconds(5);
  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(50));

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final TestImage image = RandomImages.make(3, 1, 1 << 20).getFirst();
  private TestAuthority authority;
  private Path certs;
  private ImageStore store;
  private ImagePuller puller;

  @BeforeEach
  void open() throws IOException {
    authority = TestAuthority.make(dirs.dir("ca"), "the company's CA");
    certs = dirs.dir("certs.d");
    store = ImageStore.open(dirs.path("images"));
    puller =
        new ImagePuller(
            store,
            new RegistryClient(
                RegistrySettings.of(List.of(certs))
                    .withRegistriesConf(dirs.path("registries.conf"))
                    .withAuthFiles(List.of(dirs.path("auth.json")))
                    .withStall(STALL)
                    .withRetry(QUICK)),
            Platform.host());
  }

  @AfterEach
  void close() {
    puller.close();
    store.close();
  }

  private void pulls(String name, Credentials credentials) throws Exception {
    StoredImage pulled = puller.pull(ImageReference.parse(name), credentials, PullListener.NONE);
    assertThat(pulled.id()).hasToString(image.id());
    store.remove(pulled.id().toString());
  }

  private void fails(String name, Credentials credentials, String... words) {
    Throwable failure =
        catchThrowable(
            () -> puller.pull(ImageReference.parse(name), credentials, PullListener.NONE));
    assertThat(failure).isInstanceOf(ImageException.class);
    assertThat(failure)
        .hasMessageStartingWith("pull " + name + ": ")
        .hasMessageContainingAll(words);
    assertThat(store.list()).isEmpty();
  }

  private void hosts(String registry, String toml) throws IOException {
    Files.writeString(Files.createDirectories(certs.resolve(registry)).resolve("hosts.toml"), toml);
  }

  private void auth(String host, String user, String password) throws IOException {
    String both =
        Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.US_ASCII));
    Files.writeString(
        dirs.path("auth.json"), "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(host, both));
  }

  @Test
  void tlsWithAnAuthorityAndClientCertificates() throws Exception {
    TestAuthority.Pair client = authority.client("node1");
    try (Registry registry =
        Registry.options().tls(authority.server("registry")).clientsOf(authority).login().start()) {
      registry.push("app", "1", image);
      String name = registry.host() + "/app:1";
      var user = Credentials.of(Registry.USER, Registry.PASSWORD);
      fails(name, user, "certificate", "certs.d");
      hosts(
          registry.host(),
          "server = \"%s\"\nca = \"%s\"\n".formatted(registry.uri(), authority.certificate()));
      fails(name, user, "certificate");
      hosts(
          registry.host(),
          "server = \"%s\"\nca = \"%s\"\nclient = [[\"%s\", \"%s\"]]\n"
              .formatted(
                  registry.uri(), authority.certificate(), client.certificate(), client.key()));
      pulls(name, user);
    }
  }

  @Test
  void aCertificateThatRanOut() throws Exception {
    try (Registry registry = Registry.options().tls(authority.expiredServer("old")).start()) {
      hosts(
          registry.host(),
          "server = \"%s\"\nca = \"%s\"\n".formatted(registry.uri(), authority.certificate()));
      fails(registry.host() + "/app:1", Credentials.NONE, "expired");
    }
  }

  @Test
  void passwordsFromTheRequestAndFromFiles() throws Exception {
    try (Registry registry = Registry.startWithLogin()) {
      String name = registry.push("team/app", "1", image);
      fails(name, Credentials.NONE, "401", "no credentials for " + registry.host());
      fails(name, Credentials.of(Registry.USER, "wrong"), "401", Registry.USER, "from the request");
      auth(registry.host() + "/team", Registry.USER, "wrong");
      fails(name, Credentials.NONE, "401", Registry.USER, "auth.json");
      auth(registry.host() + "/team", Registry.USER, Registry.PASSWORD);
      pulls(name, Credentials.NONE);
      auth(registry.host() + "/other", Registry.USER, Registry.PASSWORD);
      fails(name, Credentials.NONE, "401", "no credentials for " + registry.host());
      Files.writeString(dirs.path("auth.json"), "{\"auths\": ");
      fails(name, Credentials.NONE, "auth.json");
    }
  }

  @Test
  void tokensOfEveryKindAndTokensThatRunOut() throws Exception {
    try (TokenServer tokens = TokenServer.start(authority.signer("tokens")).publish("open");
        Registry registry = Registry.options().tokens(tokens).start();
        FaultProxy proxy = FaultProxy.before(registry)) {
      registry.push("open", "1", image);
      registry.push("closed", "1", image);
      registry.push("late", "1", image);
      String open = proxy.host() + "/open:1";
      String closed = proxy.host() + "/closed:1";
      pulls(open, Credentials.NONE);
      fails(closed, Credentials.NONE, "401", "no credentials for " + proxy.host());
      fails(closed, Credentials.of(Registry.USER, "wrong"), "token", Registry.USER);
      pulls(closed, Credentials.of(Registry.USER, Registry.PASSWORD));
      pulls(closed, new Credentials("", "", "", "", TokenServer.IDENTITY_TOKEN, ""));
      fails(closed, new Credentials("", "", "", "", "not-it", ""), "token");
      String token = tokens.token("repository:closed:pull");
      pulls(closed, new Credentials("", "", "", "", "", token));
      // The registry refuses each token after three seconds, whatever was said of it. (Tokens count
      // whole seconds: one of a single second may have run out before it arrives.)
      tokens.lifetime(Duration.ofSeconds(3), Duration.ofMinutes(5));
      String late = proxy.host() + "/late:1";
      pulls(late, Credentials.of(Registry.USER, Registry.PASSWORD));
      int asked = tokens.requests().size();
      Thread.sleep(4100); // four whole seconds, as tokens count them
      pulls(late, Credentials.of(Registry.USER, Registry.PASSWORD));
      assertThat(tokens.requests().size()).as("tokens asked for").isGreaterThan(asked);
    }
  }

  @Test
  void mirrorsAndBlocksOfRegistriesConf() throws Exception {
    try (Registry registry = Registry.start()) {
      registry.push("copies/app", "1", image);
      Files.writeString(
          dirs.path("registries.conf"),
          """
          unqualified-search-registries = ["registry.example"]
          [[registry]]
          prefix = "registry.example/team"
          location = "nowhere.invalid/team"
          [[registry.mirror]]
          location = "127.0.0.1:1/copies"
          insecure = true
          [[registry.mirror]]
          location = "%s/copies"
          insecure = true
          [[registry]]
          prefix = "bad.example"
          location = "bad.example"
          blocked = true
          """
              .formatted(registry.host()));
      pulls("registry.example/team/app:1", Credentials.NONE);
      fails("bad.example/app:1", Credentials.NONE, "blocked", "registries.conf");
      registry.stop();
      fails(
          "registry.example/team/app:1",
          Credentials.NONE,
          "127.0.0.1:1",
          registry.host(),
          "refused",
          "nowhere.invalid");
      registry.restart();
      pulls("registry.example/team/app:1", Credentials.NONE);
    }
  }

  @Test
  void aDiskThatIsFull() throws Exception {
    try (Registry registry = Registry.start()) {
      String name = registry.push("app", "1", image);
      Path small = dirs.dir("small");
      command("mount", "-t", "tmpfs", "-o", "size=600k", "none", small.toString());
      try (ImageStore full = ImageStore.open(small.resolve("images"));
          var filling =
              new ImagePuller(
                  full, new RegistryClient(RegistrySettings.of(List.of())), Platform.host())) {
        Throwable failure =
            catchThrowable(() ->
                filling.pull(ImageReference.parse(name), Credentials.NONE, PullListener.NONE));
        assertThat(failure)
            .isInstanceOf(StoreException.class)
            .hasMessageContainingAll("disk full", "prune", small.toString());
        assertThat(StoreProof.names(small.resolve("images/tmp"))).isEmpty();
        assertThat(StoreProof.names(small.resolve("images/layers"))).isEmpty();
      } finally {
        command("umount", small.toString());
      }
    }
  }

  private static void command(String... words) throws Exception {
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).isZero();
  }
}
