package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.push.PushListener;
import dev.gantry.image.push.PushOptions;
import dev.gantry.image.push.Pushed;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.MediaTypes.Compression;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestAuthority;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import dev.gantry.testkit.TestLayer;
import dev.gantry.testkit.TokenServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pushes to Debian's registry; what is pulled from there again is the same image. */
class ImagePusherTest {
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private PullFixture pulls;

  @BeforeAll
  static void startRegistry() {
    registry = Registry.start();
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @BeforeEach
  void open() throws IOException {
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    assertThat(pulls.store().directory().resolve("tmp")).isEmptyDirectory();
    pulls.close();
  }

  private static byte[] noise(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static TestImage image(long seed) {
    return TestImage.builder()
        .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/a", "a" + seed))
        .layer(TarEntry.file("big", 0644, noise(2_000_000, seed)))
        .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/b", "b" + seed))
        .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/a", "a" + seed))
        .build();
  }

  private void imports(TestImage image) throws Exception {
    Path tar = dirs.path(image.id().substring(7) + ".tar");
    ImageArchive.dockerSave(tar, Map.of("app:1", image));
    pulls.importer().importArchive(tar);
  }

  private Pushed push(String image, String target) throws Exception {
    return push(image, target, PushOptions.DEFAULT, Credentials.NONE, PushListener.NONE);
  }

  private Pushed push(
      String image,
      String target,
      PushOptions options,
      Credentials credentials,
      PushListener listener)
      throws Exception {
    return pulls.pusher().push(image, ImageReference.parse(target), credentials, options, listener);
  }

  private static String manifest(String name) throws Exception {
    ImageReference reference = ImageReference.parse(name);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://"
                              + reference.host()
                              + "/v2/"
                              + reference.repository()
                              + "/manifests/"
                              + reference.manifestKey()))
                  .header(
                      "Accept",
                      "application/vnd.oci.image.manifest.v1+json,"
                          + " application/vnd.docker.distribution.manifest.v2+json")
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private void pullsBack(String name, TestImage image) throws Exception {
    try (var other = new PullFixture(dirs.dir("back-" + name.hashCode()))) {
      StoredImage back = other.pull(name);
      assertThat(back.id()).hasToString(image.id());
      try (ImageContent content = other.store().content(name).orElseThrow()) {
        assertThat(content.config()).isEqualTo(image.config());
        for (int i = 0; i < image.layers().size(); i++) {
          Digest diffId = content.diffId(content.image().layers().get(i));
          assertThat(diffId).hasToString(image.layers().get(i).diffId());
        }
      }
    }
  }

  @Test
  void aLocalImageIsCompressedAndComesBackTheSame() throws Exception {
    TestImage image = image(1);
    imports(image);
    for (Compression compression : Compression.values()) {
      String target = registry.host() + "/local/app:" + compression.name().toLowerCase(Locale.ROOT);
      Set<Digest> done = ConcurrentHashMap.newKeySet();
      var listener =
          new PushListener() {
            @Override
            public void layerDone(Digest diffId) {
              done.add(diffId);
            }
          };
      Pushed pushed =
          push("app:1", target, new PushOptions(compression, 2), Credentials.NONE, listener);
      assertThat(pushed.id()).hasToString(image.id());
      assertThat(pushed.original()).isFalse();
      String manifest = manifest(target);
      assertThat(Digest.sha256Of(manifest.getBytes(StandardCharsets.UTF_8)))
          .isEqualTo(pushed.manifest());
      assertThat(manifest)
          .contains("layer.v1.tar" + (compression == Compression.NONE ? "\"" : "+"));
      // Base and top layer are the same one.
      Set<String> diffIds = new HashSet<>();
      image.layers().forEach(l -> diffIds.add(l.diffId()));
      assertThat(done).extracting(Digest::toString).containsExactlyInAnyOrderElementsOf(diffIds);
      pullsBack(target, image);
    }
    Pushed again = push("app:1", registry.host() + "/local/app:again");
    assertThat(again.sentBytes()).isZero();
  }

  @Test
  void whatWasPulledIsNotSentAgain() throws Exception {
    TestImage image = image(2);
    String name = registry.push("origin/app", "1", TestIndex.of(image));
    pulls.pull(name);
    Pushed same = push(name, registry.host() + "/origin/app:2");
    assertThat(same.sentBytes()).isZero();
    assertThat(same.original()).isTrue();
    assertThat(same.manifest()).hasToString(image.digest());
    assertThat(manifest(registry.host() + "/origin/app:2"))
        .isEqualTo(new String(image.manifest(), StandardCharsets.UTF_8));

    Pushed mounted = push(image.id(), registry.host() + "/other/app:1");
    assertThat(mounted.original()).isTrue();
    assertThat(mounted.sentBytes()).isEqualTo(image.config().length);
    pullsBack(registry.host() + "/other/app:1", image);

    try (Registry elsewhere = Registry.start()) {
      Pushed sent =
          push(
              name,
              elsewhere.host() + "/app:1",
              new PushOptions(Compression.ZSTD, 1),
              Credentials.NONE,
              PushListener.NONE);
      assertThat(sent.sentBytes()).isGreaterThan(2_000_000);
      assertThat(sent.original()).isFalse();
      pullsBack(elsewhere.host() + "/app:1", image);
    }
  }

  @Test
  void plainLayersKeepTheManifestEverywhere() throws Exception {
    TestImage image =
        TestImage.builder().layer(TestLayer.plain(List.of(TarEntry.file("f", "plain")))).build();
    String name = registry.push("plain/app", "1", image);
    pulls.pull(name);
    try (Registry elsewhere = Registry.start()) {
      Pushed pushed = push(name, elsewhere.host() + "/app:1");
      assertThat(pushed.original()).isTrue();
      assertThat(pushed.manifest()).hasToString(image.digest());
      pullsBack(elsewhere.host() + "/app:1", image);
    }
  }

  @Test
  void aBrokenConnectionIsTriedAgain() throws Exception {
    TestImage image = image(3);
    imports(image);
    try (var relay = new CuttingRelay(registry.host(), 2, 500_000)) {
      Pushed pushed = push("app:1", relay.host() + "/cut/app:1");
      assertThat(relay.cutsLeft()).isZero();
      assertThat(pushed.id()).hasToString(image.id());
      pullsBack(registry.host() + "/cut/app:1", image);
    }
    TestImage second = image(33);
    imports(second);
    try (var relay = new CuttingRelay(registry.host(), 1000, 500_000)) {
      String target = relay.host() + "/cut/app:2";
      assertThatThrownBy(() -> push(second.id(), target))
          .isInstanceOf(RegistryException.class)
          .hasMessageStartingWith("push " + target + ": layer " + second.layers().get(1).diffId())
          .hasMessageContaining(relay.host());
    }
  }

  @Test
  void aRegistryThatWantsALogin() throws Exception {
    TestImage image = image(4);
    imports(image);
    try (Registry closed = Registry.startWithLogin()) {
      String target = closed.host() + "/team/app:1";
      assertThatThrownBy(() -> push("app:1", target))
          .isInstanceOf(RegistryException.class)
          .hasMessageStartingWith("push " + target + ": ")
          .hasMessageContainingAll("401 Unauthorized", "no credentials for " + closed.host());
      Credentials good = Credentials.of(Registry.USER, Registry.PASSWORD);
      assertThat(push("app:1", target, PushOptions.DEFAULT, good, PushListener.NONE).id())
          .hasToString(image.id());
      assertThatThrownBy(() ->
              push(
                  "app:1",
                  target,
                  PushOptions.DEFAULT,
                  Credentials.of(Registry.USER, "wrong"),
                  PushListener.NONE))
          .hasMessageContaining("401");
    }
  }

  @Test
  void tokensAllowPullAndPushAndMountsFromOtherRepositories() throws Exception {
    TestImage image = image(5);
    TestAuthority authority = TestAuthority.make(dirs.dir("ca"), "trust");
    try (TokenServer tokens = TokenServer.start(authority.signer("tokens"));
        Registry closed = Registry.options().tokens(tokens).start()) {
      Credentials good = Credentials.of(Registry.USER, Registry.PASSWORD);
      imports(image);
      push("app:1", closed.host() + "/a/app:1", PushOptions.DEFAULT, good, PushListener.NONE);
      assertThat(tokens.requests()).anyMatch(r -> r.contains("pull") && r.contains("push"));
      pulls.store().remove(image.id());
      pulls.pull(closed.host() + "/a/app:1", good);
      Pushed mounted =
          push(
              image.id(), closed.host() + "/b/app:1", PushOptions.DEFAULT, good, PushListener.NONE);
      assertThat(mounted.original()).isTrue();
      assertThat(mounted.sentBytes()).isEqualTo(image.config().length);
    }
  }

  @Test
  void whatCannotBePushed() throws Exception {
    assertThatThrownBy(() -> push("none:1", registry.host() + "/app:1"))
        .isInstanceOf(ReferenceException.class)
        .hasMessageContaining("no such image here");
    imports(image(6));
    assertThatThrownBy(() -> push("app:1", registry.host() + "/app@sha256:" + "0".repeat(64)))
        .isInstanceOf(ReferenceException.class)
        .hasMessageContaining("needs a name with a tag");
  }

  @Test
  void anInterruptedPushEndsAndLeavesNothing() throws Exception {
    imports(image(7));
    Thread me = Thread.currentThread();
    var listener =
        new PushListener() {
          @Override
          public void layerPacking(Digest diffId, long bytes, long total) {
            me.interrupt();
          }
        };
    assertThatThrownBy(() ->
            push(
                "app:1",
                registry.host() + "/interrupted/app:1",
                PushOptions.DEFAULT,
                Credentials.NONE,
                listener))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
