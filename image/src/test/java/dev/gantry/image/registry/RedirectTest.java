package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.Credentials;
import dev.gantry.image.http.StubServer;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is meant for the registry stays with the registry. */
class RedirectTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static final Digest BLOB = Digest.sha256Of(new byte[] {1});
  private static final Credentials ME = Credentials.of("me", "p");

  private final List<StubServer> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(StubServer::close);
  }

  private StubServer server(StubServer.Script script) {
    var server = new StubServer(script);
    open.add(server);
    return server;
  }

  /** A registry that wants a password and then says where the blob is. */
  private StubServer registry(String location) {
    return server((request, out) ->
        request.header("Authorization") == null
            ? StubServer.reply(out, 401, "", "WWW-Authenticate: Basic realm=\"r\"")
            : StubServer.reply(out, 307, "", "Location: " + location));
  }

  private void read(StubServer registry) throws IOException {
    Path file = dirs.path("certs.d/" + registry.host() + "/hosts.toml");
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, "server = \"http://" + registry.host() + "\"\n[header]\nx-secret = \"s\"\n");
    var settings =
        RegistrySettings.of(List.of(dirs.path("certs.d")))
            .withRetry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)));
    var session =
        new RegistryClient(settings).open(ImageReference.parse(registry.host() + "/app:1"), ME);
    try (BlobRange range = BlobPuller.open(session, BLOB, 0, Long.MAX_VALUE)) {
      range.body().readAllBytes();
    }
  }

  @Test
  void anotherPortGetsNothingAndTheWayBackNothingEither() throws IOException {
    StubServer store = server((request, out) -> StubServer.reply(out, 200, "x"));
    StubServer registry = registry("http://" + store.host() + "/blob?signed=1");
    read(registry);
    assertThat(store.requests()).hasSize(1);
    assertThat(store.requests().getFirst().target()).isEqualTo("/blob?signed=1");
    assertThat(store.requests().getFirst().headers())
        .doesNotContainKeys("authorization", "x-secret");
    assertThat(registry.requests().getLast().headers()).containsKeys("authorization", "x-secret");

    var home = new ArrayList<String>();
    StubServer back =
        server((request, out) ->
            StubServer.reply(out, 302, "", "Location: http://" + home.getFirst() + "/back"));
    StubServer registry2 = registry("http://" + back.host() + "/there");
    home.add(registry2.host());
    assertThatThrownBy(() -> read(registry2)).hasMessageContaining("401");
    assertThat(registry2.requests().getLast().target()).isEqualTo("/back");
    assertThat(registry2.requests().getLast().headers())
        .doesNotContainKeys("authorization", "x-secret");
  }

  @Test
  void theSameServerMayRedirectToItself() throws IOException {
    StubServer registry =
        server((request, out) ->
            request.target().equals("/elsewhere")
                ? StubServer.reply(out, request.header("Authorization") == null ? 403 : 200, "x")
                : request.header("Authorization") == null
                    ? StubServer.reply(out, 401, "", "WWW-Authenticate: Basic realm=\"r\"")
                    : StubServer.reply(out, 308, "", "Location: /elsewhere"));
    read(registry);
    assertThat(registry.requests()).hasSize(3);
  }

  @Test
  void loopsEndAndNonsenseIsRefused() {
    var self = new ArrayList<String>();
    StubServer loop =
        server((request, out) ->
            StubServer.reply(out, 301, "", "Location: http://" + self.getFirst() + "/again"));
    self.add(loop.host());
    assertThatThrownBy(() -> read(loop)).hasMessageContaining("more than 8 redirects");
    assertThat(loop.requests()).hasSize(9);
    for (String nonsense : List.of("ftp://x/y", "http://", "http:\\\\x", "file:///etc/passwd")) {
      assertThatThrownBy(() -> read(registry(nonsense)))
          .as(nonsense)
          .hasMessageContaining("redirect");
    }
  }

  @Test
  void theBodyOfAnotherHostIsNotShown() {
    StubServer inner = server((request, out) -> StubServer.reply(out, 403, "internal secret"));
    assertThatThrownBy(() -> read(registry("http://" + inner.host() + "/")))
        .hasMessageContaining("403 Forbidden from http://" + inner.host() + ", where it redirected")
        .hasMessageNotContaining("internal secret");
  }

  @Test
  void aTokenServersRedirectDoesNotCarryThePassword() throws IOException {
    StubServer other = server((request, out) -> StubServer.reply(out, 200, "{\"token\":\"t\"}"));
    StubServer tokens =
        server((request, out) ->
            StubServer.reply(out, 302, "", "Location: http://" + other.host() + "/t"));
    StubServer registry =
        server((request, out) ->
            request.header("Authorization") == null
                ? StubServer.reply(
                    out,
                    401,
                    "",
                    "WWW-Authenticate: Bearer realm=\"http://" + tokens.host() + "/t\"")
                : StubServer.reply(out, 200, "x"));
    read(registry);
    assertThat(tokens.requests().getFirst().headers()).containsKey("authorization");
    assertThat(other.requests().getFirst().headers()).doesNotContainKey("authorization");
  }
}
