package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.StubServer;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mirrors that fail, registries that are busy, transfers that break. */
class FailoverTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final HostileRegistry mirror = opened(HostileRegistry.start());
  private final HostileRegistry registry = opened(HostileRegistry.start());
  private final TestImage image =
      TestImage.builder().layer(TarEntry.file("big", 0644, noise(300_000))).build();
  private final Digest layer = Digest.parse(image.layers().getFirst().digest());
  private final String blob = ".*/blobs/" + layer;

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

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private RegistrySession session(String... mirrors) throws IOException {
    mirror.serve("app", "1", image);
    registry.serve("app", "1", image);
    var toml = new StringBuilder("server = \"" + registry.uri() + "\"\n");
    for (String m : mirrors) {
      toml.append("[host.\"" + m + "\"]\n");
    }
    Path file = dirs.path("certs.d/r.example/hosts.toml");
    Files.createDirectories(file.getParent());
    Files.writeString(file, toml);
    var settings =
        RegistrySettings.of(List.of(dirs.path("certs.d")))
            .withStall(Duration.ofMillis(500))
            .withRetry(new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(50)));
    return new RegistryClient(settings)
        .open(ImageReference.parse("r.example/app:1"), Credentials.NONE);
  }

  private void read(RegistrySession session) throws IOException {
    try (var in = BlobPuller.open(session, layer)) {
      assertThat(Digest.sha256Of(in.readAllBytes())).isEqualTo(layer);
    }
  }

  @Test
  void whateverAMirrorDoesTheNextIsAsked() throws IOException {
    for (Answer answer :
        List.of(
            Answer.status(404, ""),
            Answer.status(429, ""),
            Answer.status(500, ""),
            Answer.status(503, "").header("Retry-After", "3600"),
            Answer.status(403, ""),
            Answer.drop(),
            Answer.hang(),
            Answer.raw("rubbish\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))) {
      mirror.behave();
      mirror.on(".*", answer);
      RegistrySession session = session("" + mirror.uri());
      ManifestPuller.byTag(session, "1");
      read(session);
      assertThat(session.servedBy()).isEqualTo(registry.uri() + "/v2");
    }
    assertThat(registry.gets(blob)).isEqualTo(8);
  }

  @Test
  void mirrorsThatAreNotThereOrSpeakNoTlsAreNamed() throws IOException {
    StubServer gone = opened(StubServer.saying(""));
    gone.close();
    String deaf = "http://" + gone.host();
    RegistrySession session = session(deaf, "https://" + mirror.host());
    read(session);
    registry.on(".*", Answer.status(404, "gone"));
    assertThatThrownBy(() -> read(session(deaf, "https://" + mirror.host())))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("tried " + deaf + "/v2: cannot connect: ")
        .hasMessageContaining("https://" + mirror.host() + "/v2: the server speaks plain HTTP")
        .hasMessageContaining(registry.uri() + "/v2: 404 Not Found: gone")
        .extracting(e -> ((RegistryException) e).kind())
        .isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void aLayerThatBreaksGoesOnAtTheNextHost() throws IOException {
    mirror.on(blob, Answer.good().truncatedAt(100_000));
    RegistrySession session = session("" + mirror.uri());
    read(session);
    assertThat(mirror.gets(blob)).isEqualTo(1);
    assertThat(registry.requests().stream().map(r -> r.header("Range")))
        .containsExactly("bytes=100000-");
    read(session);
    assertThat(mirror.gets(blob)).as("the session avoids who broke off").isEqualTo(1);
  }

  @Test
  void aStallInMidLayerGoesOnAtTheNextHost() throws IOException {
    mirror.on(blob, Answer.good().slowly(150_000, Duration.ofSeconds(20)));
    read(session("" + mirror.uri()));
    assertThat(registry.requests()).hasSize(1);
    assertThat(registry.requests().getFirst().header("Range")).isEqualTo("bytes=150000-");
  }

  @Test
  void aRegistryThatCutsEveryThousandBytesEndsInAnError() {
    registry.on(blob, Answer.good().truncatedAt(1000));
    assertThatThrownBy(() -> read(session()))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining(
            registry.uri() + "/v2: the connection ended before the body did after 1000 of ")
        .hasMessageContaining("gave up after 17 connections that broke off");
    assertThat(registry.gets(blob)).isEqualTo(17);
  }

  @Test
  void aHostThatIgnoresRangesSendsAgainWhatCame() throws IOException {
    byte[] bytes = noise(100_000);
    Digest digest = Digest.sha256Of(bytes);
    var count = new AtomicInteger();
    StubServer whole =
        opened(
            new StubServer((request, out) -> {
              out.write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
              int end = count.incrementAndGet() < 3 ? 30_000 * count.get() : 100_000;
              out.write(bytes, 0, end);
              return end == 100_000;
            }));
    var settings =
        RegistrySettings.of(List.of())
            .withRetry(new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(50)));
    RegistrySession session =
        new RegistryClient(settings)
            .open(ImageReference.parse(whole.host() + "/app:1"), Credentials.NONE);
    try (var in = BlobPuller.open(session, digest)) {
      assertThat(Digest.sha256Of(in.readAllBytes())).isEqualTo(digest);
    }
    assertThat(whole.requests().getLast().header("Range")).isEqualTo("bytes=60000-");
  }

  @Test
  void theWrongManifestIsFetchedFromTheNextHost() throws IOException {
    mirror.on(
        ".*/manifests/sha256.*", Answer.body(200, "x/y", "{}".getBytes(StandardCharsets.US_ASCII)));
    RegistrySession session = session("" + mirror.uri());
    assertThat(ManifestPuller.byDigest(session, Digest.parse(image.digest())).host())
        .isEqualTo(registry.uri() + "/v2");
  }

  @Test
  void theWrongRangeIsRefused() throws IOException {
    StubServer liar =
        opened(
            new StubServer((request, out) ->
                StubServer.reply(out, 206, "xx", "Content-Range: bytes 0-1/100")));
    RegistrySession session =
        new RegistryClient(RegistrySettings.of(List.of()))
            .open(ImageReference.parse(liar.host() + "/app:1"), Credentials.NONE);
    assertThatThrownBy(() -> BlobPuller.open(session, layer, 50, 52))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("asked for the bytes from 50, got bytes 0-1/100");
    try (BlobRange range = BlobPuller.open(session, layer, 0, 2)) {
      assertThat(range.total()).isEqualTo(100);
      assertThat(range.status()).isEqualTo(206);
    }
  }

  @Test
  void aBusyRegistryIsAskedAgainWhenItSaysSo() throws IOException {
    registry.on(".*/manifests/1", Answer.status(503, "").header("Retry-After", "0").times(2));
    ManifestPuller.byTag(session(), "1");
    registry.on(".*/manifests/1", Answer.status(429, "").header("Retry-After", "3600"));
    assertThatThrownBy(() -> ManifestPuller.byTag(session(), "1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("429 Too Many Requests (try again in 3600 s");
    assertThat(registry.gets(".*/manifests/1"))
        .as("who asks for an hour is not asked again meanwhile")
        .isEqualTo(4);
  }

  @Test
  void retryAfterIsReadInBothForms() {
    Instant now = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(RetryPolicy.retryAfter("120", now)).hasValue(Duration.ofMinutes(2));
    assertThat(RetryPolicy.retryAfter("Fri, 2 Jan 2026 03:05:05 GMT", now))
        .hasValue(Duration.ofMinutes(1));
    assertThat(RetryPolicy.retryAfter("Fri, 2 Jan 2026 03:00:00 GMT", now)).hasValue(Duration.ZERO);
    assertThat(RetryPolicy.retryAfter("999999999", now)).hasValue(Duration.ofDays(1));
    for (String none : new String[] {"", "soon", "-5", "1e9", "99999999999999", null}) {
      assertThat(RetryPolicy.retryAfter(none, now)).as(none).isEmpty();
    }
  }

  @Test
  void aMirrorThatWasNotReachedIsAskedLastForAWhile() throws IOException {
    var health = new HostHealth();
    RegistryHost host = RegistryHost.direct("r.example");
    health.unreachable(host);
    assertThat(health.avoided(host)).isTrue();
    health.well(host);
    assertThat(health.avoided(host)).isFalse();
  }
}
