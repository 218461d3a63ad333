package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestLayer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A layer that came with one's credentials is not given to another for knowing its digest. */
class LayerClaimTest {
  private static final Credentials OURS = Credentials.of("team", "secret");

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final HostileRegistry closed = HostileRegistry.start().requireBasic("team", "secret");
  private final HostileRegistry other = HostileRegistry.start();
  private final byte[] tar = TarWriter.archive(List.of(TarEntry.file("secret", "42")));
  private final TestLayer secret =
      TestLayer.of(tar, TestLayer.gzip(tar), TestLayer.Compression.GZIP);
  private PullFixture pulls;

  @BeforeEach
  void open() throws Exception {
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    pulls.close();
    closed.close();
    other.close();
  }

  private TestImage image(String what) {
    return TestImage.builder()
        .layer(secret)
        .layer(TarEntry.file("own", what))
        .env("WHAT=" + what)
        .build();
  }

  private void pullSecret() throws Exception {
    pulls.pull(closed.serve("team/app", "1", image("one")), OURS);
  }

  private String blob() {
    return ".*/blobs/" + secret.digest();
  }

  private static long heads(HostileRegistry registry, String path) {
    return registry.requests().stream()
        .filter(r -> r.method().equals("HEAD") && r.path().matches(path))
        .count();
  }

  @Test
  void theSameRepositoryShowsItByItsManifest() throws Exception {
    pullSecret();
    pulls.reopen();
    pulls.pull(closed.serve("team/app", "2", image("two")), OURS);
    assertThat(closed.gets(blob())).isEqualTo(1);
    assertThat(heads(closed, blob())).isZero();
  }

  @Test
  void anotherRepositoryOfTheSameRegistryIsAskedForTheBlob() throws Exception {
    pullSecret();
    pulls.pull(closed.serve("team/tool", "1", image("two")), OURS);
    assertThat(closed.gets(blob())).isEqualTo(1);
    assertThat(heads(closed, blob())).isEqualTo(1);
    pulls.reopen();
    pulls.pull(closed.serve("team/tool", "2", image("three")), OURS);
    assertThat(heads(closed, blob())).isEqualTo(1);

    closed.on("/v2/mallory" + blob(), Answer.status(404, ""));
    String theirs = closed.serve("mallory/app", "1", image("four"));
    assertThatThrownBy(() -> pulls.pull(theirs, OURS))
        .isInstanceOf(RegistryException.class)
        .hasMessageContainingAll("layer " + secret.digest(), "404");
    assertThat(pulls.store().find(theirs)).isEmpty();
  }

  @Test
  void anotherRegistryHasToSendIt() throws Exception {
    pullSecret();
    String theirs = other.serve("app", "1", image("two"));
    // It says that it has everything.
    other.on(
        blob(),
        Answer.body(200, "application/octet-stream", "yes".getBytes(StandardCharsets.UTF_8)));
    assertThatThrownBy(() -> pulls.pull(theirs)).isInstanceOf(DigestMismatchException.class);
    assertThat(pulls.store().find(theirs)).isEmpty();
    other.behave();
    StoredImage image = pulls.pull(theirs);
    assertThat(pulls.store().lowerDirs(image).getLast().resolve("secret")).hasContent("42");
    assertThat(other.gets(blob())).as("twice before, once now").isEqualTo(3);
    // Shown without credentials, so it is everybody's now.
    try (HostileRegistry third = HostileRegistry.start()) {
      pulls.pull(third.serve("app", "1", image("three")));
      assertThat(third.gets(blob())).isZero();
    }
  }

  @Test
  void aDiffIdWithOtherBytesIsNoKey() throws Exception {
    pullSecret();
    byte[] garbage = TestLayer.gzip(TarWriter.archive(List.of(TarEntry.file("x", "y"))));
    TestImage lying =
        TestImage.builder()
            .layer(TestLayer.of(tar, garbage, TestLayer.Compression.GZIP))
            .layer(TarEntry.file("own", "lie"))
            .build();
    for (HostileRegistry registry : List.of(closed, other)) {
      String name = registry.serve("mallory/lie", "1", lying);
      assertThatThrownBy(() -> pulls.pull(name, OURS))
          .isInstanceOf(DigestMismatchException.class)
          .hasMessageContaining(secret.diffId());
      assertThat(pulls.store().find(name)).isEmpty();
    }
    assertThat(pulls.store().list()).hasSize(1);
  }

  @Test
  void whatCameWithoutCredentialsOrByAnImportIsEverybodys() throws Exception {
    pulls.pull(other.serve("public/app", "1", image("one")));
    pulls.pull(closed.serve("team/app", "1", image("two")), OURS);
    assertThat(closed.gets(blob())).isZero();
    assertThat(heads(closed, blob())).isZero();

    TestImage local = TestImage.builder().layer(TarEntry.file("local", "l")).build();
    Path archive = dirs.path("local.tar");
    ImageArchive.dockerSave(archive, Map.of("local:1", local));
    pulls.importer().importArchive(archive);
    TestImage same = TestImage.builder().layer(local.layers().getFirst()).env("SAME=1").build();
    pulls.pull(other.serve("public/local", "1", same));
    assertThat(other.gets(".*/blobs/" + local.layers().getFirst().digest())).isZero();
  }

  @Test
  void whereNothingIsKnownNothingIsGiven() throws Exception {
    pullSecret();
    Path layers = pulls.store().directory().resolve("layers");
    try (var files = Files.walk(layers, 2)) {
      for (Path origins : files.filter(f -> f.endsWith("origins")).toList()) {
        Files.writeString(origins, "free\n");
      }
    }
    pulls.reopen();
    pulls.pull(other.serve("app", "1", image("two")));
    assertThat(other.gets(blob())).isEqualTo(1);
  }

  @Test
  void anImageThatIsHereIsAskedForEachTime() throws Exception {
    pullSecret();
    String name = closed.host() + "/team/app:1";
    assertThatThrownBy(() -> pulls.pull(name)).hasMessageContaining("401");
    assertThatThrownBy(() -> pulls.pull(name, Credentials.of("team", "wrong")))
        .hasMessageContaining("401");
    assertThat(pulls.pull(name, OURS).repoTags()).containsExactly(name);
    assertThat(closed.gets(blob())).isEqualTo(1);
  }

  @Test
  void anIdIsNoWayAroundCredentials() throws Exception {
    pullSecret();
    String id = image("one").id();
    for (String text : List.of(id, id.substring("sha256:".length()))) {
      assertThatThrownBy(() -> pulls.puller().pull(text, Credentials.NONE, PullListener.NONE))
          .isInstanceOf(RegistryException.class)
          .hasMessageStartingWith("pull image " + text + ": pull " + closed.host())
          .hasMessageContaining("401");
      assertThat(pulls.puller().pull(text, OURS, PullListener.NONE).id()).hasToString(id);
    }
    String absent = "sha256:" + "0".repeat(64);
    assertThatThrownBy(() -> pulls.puller().pull(absent, OURS, PullListener.NONE))
        .isInstanceOf(RegistryException.class)
        .hasMessageContainingAll(absent, "it is not here");
  }

  @Test
  void anImportedImageNeedsNoRegistry() throws Exception {
    TestImage local = TestImage.builder().layer(TarEntry.file("local", "l")).build();
    Path archive = dirs.path("local.tar");
    ImageArchive.ociLayout(archive, Map.of("registry.invalid/local:1", local));
    pulls.importer().importArchive(archive);
    StoredImage image = pulls.puller().pull(local.id(), Credentials.NONE, PullListener.NONE);
    assertThat(image.repoTags()).containsExactly("registry.invalid/local:1");
  }
}
