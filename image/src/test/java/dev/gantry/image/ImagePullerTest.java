package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.oci.Digest;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import dev.gantry.testkit.TestLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls from a registry that misbehaves: each failure says what it is, and leaves nothing. */
class ImagePullerTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final HostileRegistry registry = HostileRegistry.start();
  private PullFixture pulls;

  @BeforeEach
  void open() throws IOException {
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    pulls.close();
    registry.close();
  }

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static TestImage image() {
    return TestImage.builder()
        .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/a", "a"))
        .layer(TarEntry.file("big", 0644, noise(300_000)))
        .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/b", "b"))
        .build();
  }

  private void fails(String name, Class<? extends ImageException> type, String... parts) {
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(type)
        .hasMessageContainingAll(parts)
        .hasMessageStartingWith("pull " + name + ": ");
    assertThat(pulls.store().list()).isEmpty();
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void aLayerWithOtherBytesIsRefused() {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().corruptAt(100_000));
    fails(
        name,
        DigestMismatchException.class,
        "layer " + image.layers().get(1).digest(),
        "should have digest");
  }

  @Test
  void whatWasDamagedOnItsWayIsFetchedAnew() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().corruptAt(100_000).times(1));
    registry.on(".*/blobs/" + image.id(), Answer.good().corruptAt(5).times(1));
    assertThat(pulls.pull(name).layers()).hasSize(3);
  }

  @Test
  void aMirrorThatDamagesWhatItSendsIsAskedLast() throws Exception {
    TestImage image = image();
    registry.serve("app", "1", image);
    try (HostileRegistry mirror = HostileRegistry.start()) {
      mirror.serve("app", "1", image);
      pulls.hosts(
          "registry.example",
          """
          server = "%s"
          [host."%s"]
          """
              .formatted(registry.uri(), mirror.uri()));
      mirror.onLayer(image, 1, Answer.good().corruptAt(100_000));
      assertThat(pulls.pull("registry.example/app:1").layers()).hasSize(3);
      assertThat(registry.requests())
          .anyMatch(r -> r.path().endsWith(image.layers().get(1).digest()));

      pulls.store().remove("registry.example/app:1");
      mirror.behave();
      mirror.on(".*/blobs/" + image.id(), Answer.good().corruptAt(5));
      int before = mirror.requests().size();
      assertThat(pulls.pull("registry.example/app:1").layers()).hasSize(3);
      assertThat(mirror.requests().subList(before, mirror.requests().size()))
          .as("manifest and configuration: the liar is asked for no layer")
          .hasSize(2);

      pulls.store().remove("registry.example/app:1");
      registry.onLayer(image, 1, Answer.good().corruptAt(7));
      mirror.onLayer(image, 1, Answer.good().corruptAt(7));
      fails(
          "registry.example/app:1",
          DigestMismatchException.class,
          "from ",
          mirror.uri() + "/v2",
          registry.uri() + "/v2",
          ": layer should have digest");
    }
  }

  @Test
  void aLayerThatIsTooShortOrTooLongIsRefused() {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    byte[] blob = image.layers().get(1).blob();
    registry.onLayer(
        image, 1, Answer.body(200, "x/y", java.util.Arrays.copyOf(blob, blob.length - 1)));
    fails(name, DigestMismatchException.class, "should have " + blob.length + " bytes but has ");
    registry.onLayer(
        image, 1, Answer.body(200, "x/y", java.util.Arrays.copyOf(blob, blob.length + 1)));
    fails(name, DigestMismatchException.class, "bytes but has more");
  }

  @Test
  void anArchiveThatIsNotTheDiffIdIsRefused() {
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("a", "one")));
    byte[] other = TarWriter.archive(List.of(TarEntry.file("a", "two")));
    TestLayer lying = TestLayer.of(tar, TestLayer.gzip(other), TestLayer.Compression.GZIP);
    String name = registry.serve("app", "1", TestImage.builder().layer(lying).build());
    fails(
        name, DigestMismatchException.class, "unpacked layer should have digest " + lying.diffId());
  }

  @Test
  void hostileArchivesAreNamed() {
    String name =
        registry.serve(
            "app", "1", TestImage.builder().layer(TarEntry.file("../../etc/x", "x")).build());
    fails(name, LayerException.class, "entry '../../etc/x': points outside the layer's root");
    byte[] garbage = noise(2000);
    TestLayer noTar = TestLayer.of(garbage, TestLayer.gzip(garbage), TestLayer.Compression.GZIP);
    name = registry.serve("app", "2", TestImage.builder().layer(noTar).build());
    fails(name, LayerException.class, "tar header");
    byte[] cut = TestLayer.gzip(TarWriter.archive(List.of(TarEntry.file("a", 0644, noise(9000)))));
    TestLayer half =
        TestLayer.of(garbage, java.util.Arrays.copyOf(cut, 5000), TestLayer.Compression.GZIP);
    name = registry.serve("app", "3", TestImage.builder().layer(half).build());
    fails(name, LayerException.class, "ends early");
  }

  @Test
  void aBombIsStopped() {
    byte[] zeros = new byte[200 << 20];
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("zeros", 0644, zeros)));
    TestLayer bomb = TestLayer.of(tar, TestLayer.gzip(tar), TestLayer.Compression.GZIP);
    var limits = new dev.gantry.image.layer.UnpackLimits(1000, 100 << 20, 1100, 100);
    try (var store = ImageStore.open(dirs.path("small"), new StoreSettings(2, limits, List.of()))) {
      String name = registry.serve("app", "1", TestImage.builder().layer(bomb).build());
      var client =
          new dev.gantry.image.registry.RegistryClient(
              new dev.gantry.image.registry.HostsDirectory(List.of()),
              Duration.ofSeconds(2),
              dev.gantry.image.registry.RetryPolicy.DEFAULT);
      try (var puller = new ImagePuller(store, client, dev.gantry.oci.Platform.host())) {
        assertThatThrownBy(() ->
                puller.pull(
                    dev.gantry.oci.ImageReference.parse(name), Credentials.NONE, PullListener.NONE))
            .isInstanceOf(LayerException.class)
            .hasMessageContaining("more than 104857600 bytes");
      }
    } catch (StoreException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void garbageForAManifestIsRefused() {
    String name = registry.serve("app", "1", image());
    for (String garbage : new String[] {"", "null", "[]", "{}", "<html>", "{\"layers\":3}"}) {
      registry.on(
          ".*/manifests/1",
          Answer.body(200, "application/json", garbage.getBytes(StandardCharsets.UTF_8)));
      fails(name, RegistryException.class, "no valid manifest");
    }
    registry.on(".*/manifests/1", Answer.body(200, "x/y", new byte[5 << 20]));
    fails(name, RegistryException.class, "exceeds 4194304 bytes");
    registry.on(".*/manifests/1", Answer.status(200, "[".repeat(100_000)));
    fails(name, RegistryException.class, "nested deeper");
  }

  @Test
  void oldAndAmbiguousManifestsAreRefused() {
    String name = registry.serve("app", "1", image());
    registry.on(".*/manifests/1", Answer.status(200, "{\"schemaVersion\":1,\"fsLayers\":[]}"));
    fails(name, UnsupportedImageException.class, "schema 1");
    registry.on(
        ".*/manifests/1",
        Answer.status(200, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[],\"config\":{}}"));
    fails(name, UnsupportedImageException.class, "index and a manifest at once");
  }

  @Test
  void anImageForAnotherPlatformIsRefused() {
    TestImage arm = TestImage.builder().platform("linux", "s390x", null).build();
    fails(
        registry.serve("app", "1", TestIndex.of(arm)),
        UnsupportedImageException.class,
        "no image for linux/",
        "s390x");
    fails(registry.serve("app", "2", arm), UnsupportedImageException.class, "for linux/s390x");
  }

  @Test
  void theWrongManifestForADigestIsRefused() {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    String byDigest = name.replaceFirst(":1$", "@" + image.digest());
    registry.on(
        ".*/manifests/sha256.*",
        Answer.body(200, image.mediaType(), TestImage.builder().build().manifest()));
    fails(byDigest, DigestMismatchException.class, "manifest should have digest");
  }

  @Test
  void refusalsSayWhoSaidWhat() {
    String name = registry.serve("app", "1", image());
    registry.on(".*/manifests/1", Answer.error(404, "MANIFEST_UNKNOWN", "no such tag"));
    fails(name, RegistryException.class, "404 Not Found: MANIFEST_UNKNOWN: no such tag");
    registry.on(".*/manifests/1", Answer.status(401, "who are you"));
    fails(
        name,
        RegistryException.class,
        "manifest: http://" + registry.host() + "/v2: 401 Unauthorized: who are you",
        "no credentials for " + registry.host() + " in the request");
  }

  @Test
  void itTriesAgainWhatMayPass() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.on(".*/manifests/1", Answer.status(503, "busy").times(2));
    registry.onLayer(image, 0, Answer.error(429, "TOOMANYREQUESTS", "slow down").times(1));
    registry.onLayer(image, 2, Answer.drop().times(1));
    assertThat(pulls.pull(name).layers()).hasSize(3);
  }

  @Test
  void aBrokenTransferGoesOnWhereItWas() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().truncatedAt(100_000).times(2));
    assertThat(pulls.pull(name).layers()).hasSize(3);
    assertThat(
            registry.requests().stream()
                .filter(r -> r.path().endsWith(image.layers().get(1).digest()))
                .map(r -> "" + r.header("Range")))
        .containsExactly("null", "bytes=100000-", "bytes=200000-");
  }

  @Test
  void aStallEndsTheConnectionNotThePull() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.hang().times(1));
    assertThat(pulls.pull(name).layers()).hasSize(3);
  }

  @Test
  void basicAndTokenAuthorization() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.requireBasic("me", "right");
    assertThatThrownBy(() -> pulls.pull(name, Credentials.of("me", "wrong")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("401")
        .hasMessageContaining("credentials of me")
        .hasMessageNotContaining("wrong");
    assertThat(pulls.pull(name, Credentials.of("me", "right")).layers()).hasSize(3);
    pulls.store().remove(name);
    registry.requireToken("you", "token");
    assertThatThrownBy(() -> pulls.pull(name))
        .isInstanceOf(RegistryException.class)
        .extracting(e -> ((RegistryException) e).kind())
        .isEqualTo(RegistryException.Kind.UNAUTHORIZED);
    assertThat(pulls.pull(name, Credentials.of("you", "token")).layers()).hasSize(3);
    assertThat(registry.gets("/token")).as("one token serves all requests").isEqualTo(2);
  }

  @Test
  void aRedirectGetsNoAuthorization() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.requireBasic("me", "right");
    try (HostileRegistry elsewhere = HostileRegistry.start()) {
      elsewhere.serve("app", "1", image);
      for (TestLayer layer : image.layers()) {
        String path = "/v2/app/blobs/" + layer.digest();
        registry.on(path, Answer.redirect(elsewhere.uri() + path));
      }
      assertThat(pulls.pull(name, Credentials.of("me", "right")).layers()).hasSize(3);
      assertThat(elsewhere.requests()).hasSize(3);
      assertThat(elsewhere.requests()).allMatch(r -> r.header("Authorization") == null);
    }
  }

  @Test
  void aMirrorIsAskedFirstAndTheNextWhenItFails() throws Exception {
    TestImage image = image();
    registry.serve("app", "1", image);
    try (HostileRegistry mirror = HostileRegistry.start()) {
      mirror.serve("app", "1", image);
      pulls.hosts(
          "registry.example",
          """
          server = "%s"
          [host."%s"]
          """
              .formatted(registry.uri(), mirror.uri()));
      assertThat(pulls.pull("registry.example/app:1").layers()).hasSize(3);
      assertThat(registry.requests()).isEmpty();
      pulls.store().remove("registry.example/app:1");
      mirror.onLayer(image, 1, Answer.status(500, "disk on fire"));
      assertThat(pulls.pull("registry.example/app:1").layers()).hasSize(3);
      assertThat(registry.requests()).hasSize(1);
      pulls.store().remove("registry.example/app:1");
      registry.on(".*", Answer.status(404, "gone"));
      fails(
          "registry.example/app:1",
          RegistryException.class,
          "layer " + image.layers().get(1).digest(),
          "tried " + mirror.uri() + "/v2: 500 Internal Server Error: disk on fire; ",
          registry.uri() + "/v2: 404 Not Found: gone");
    }
  }

  @Test
  void identicalPullsAreOne() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().delayed(Duration.ofMillis(300)));
    var ready = new CountDownLatch(8);
    var results = new ArrayList<CompletableFuture<StoredImage>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        results.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    ready.countDown();
                    ready.await();
                    return pulls.pull(name);
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                },
                threads));
      }
      for (var r : results) {
        assertThat(r.get().layers()).hasSize(3);
      }
    }
    assertThat(registry.gets(".*/blobs/" + image.layers().get(1).digest())).isEqualTo(1);
  }

  @Test
  void aCallerThatGoesAwayLeavesThePullRunning() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().delayed(Duration.ofMillis(500)));
    var gone = new CompletableFuture<Throwable>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                pulls.pull(name);
              } catch (Exception e) {
                gone.complete(e);
              }
            });
    while (registry.gets(".*/blobs/.*") == 0) {
      Thread.sleep(5);
    }
    caller.interrupt();
    assertThat(gone.get()).isInstanceOf(InterruptedException.class);
    assertThat(pulls.pull(name).layers()).hasSize(3);
    assertThat(registry.gets(".*/manifests/1")).isEqualTo(1);
  }

  @Test
  void closingThePullerEndsPullsAndLeavesWhatARetryWants() throws Exception {
    TestImage image = image();
    String name = registry.serve("app", "1", image);
    registry.onLayer(image, 1, Answer.good().slowly(1000, Duration.ofMillis(20)));
    var ended = new CompletableFuture<Throwable>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            pulls.pull(name);
          } catch (Exception e) {
            ended.complete(e);
          }
        });
    while (registry.gets(".*/blobs/" + image.layers().get(1).digest()) == 0) {
      Thread.sleep(5);
    }
    pulls.puller().close();
    assertThat(ended.get()).isInstanceOf(RegistryException.class).hasMessageContaining("given up");
    pulls.reopen();
    assertThat(pulls.leftovers()).noneMatch(left -> left.startsWith("tmp/"));
    assertThat(pulls.store().list()).isEmpty();
  }

  @Test
  void layersLeanOnThoseBelowWhereTheyMust() throws Exception {
    TestImage image =
        TestImage.builder()
            .layer(TarEntry.dir("srv", 0711).owner(7, 8), TarEntry.file("srv/a", "a"))
            .layer(TarEntry.file("srv/b", "b"), TarEntry.hardLink("c", "srv/a"))
            .build();
    StoredImage stored = pulls.pull(registry.serve("app", "1", image));
    var chain = stored.config().chainIds();
    assertThat(stored.layers())
        .containsExactly(
            new LayerId(Digest.parse(image.layers().get(0).diffId())), new LayerId(chain.get(1)));
    var top = pulls.store().lowerDirs(stored).getFirst();
    assertThat(Files.getAttribute(top.resolve("srv"), "unix:mode")).isEqualTo(040711);
    assertThat(top.resolve("c")).hasContent("a");
  }
}
