package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import dev.gantry.testkit.TestLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images from a real registry, kept and removed. */
class ImageStoreTest {
  @SuppressWarnings("NullAway.Init")
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private PullFixture pulls;

  @BeforeAll
  static void start() {
    registry = Registry.start();
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void open() throws IOException {
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    pulls.close();
  }

  private static TestImage image(String content) {
    return TestImage.builder()
        .layer(TarEntry.dir("base", 0755), TarEntry.file("base/f", "shared"))
        .layer(TarEntry.file("top", content))
        .env("A=" + content)
        .build();
  }

  private static String at(String name, String digest) {
    return name.substring(0, name.lastIndexOf(':')) + "@" + digest;
  }

  @Test
  void aTagGivesBothNamesADigestOnlyItself() throws Exception {
    TestImage image = image("1");
    String name = registry.push("names", "1", image);
    StoredImage byDigest = pulls.pull(at(name, image.digest()));
    assertThat(byDigest.id()).hasToString(image.id());
    assertThat(byDigest.repoTags()).isEmpty();
    assertThat(byDigest.repoDigests()).containsExactly(at(name, image.digest()));
    StoredImage byTag = pulls.pull(name);
    assertThat(byTag.id()).isEqualTo(byDigest.id());
    assertThat(byTag.repoTags()).containsExactly(name);
    assertThat(byTag.repoDigests()).containsExactly(at(name, image.digest()));
    assertThat(pulls.store().list()).hasSize(1);
  }

  @Test
  void anIndexGivesItsOwnDigest() throws Exception {
    TestIndex index =
        TestIndex.of(TestImage.builder().platform("linux", "s390x", null).build(), image("index"));
    String name = registry.push("index", "1", index);
    StoredImage stored = pulls.pull(name);
    assertThat(stored.id()).hasToString(image("index").id());
    assertThat(stored.repoDigests()).containsExactly(at(name, index.digest()));
  }

  @Test
  void everyKindOfReferenceFindsIt() throws Exception {
    TestImage image = image("find");
    String name = registry.push("find", "latest", image);
    StoredImage stored = pulls.pull(name);
    String hex = stored.id().hex();
    for (String reference :
        List.of(
            name,
            name.replace(":latest", ""),
            at(name, image.digest()),
            name + "@" + image.digest(),
            image.id(),
            hex,
            hex.substring(0, 12),
            "sha256:" + hex.substring(0, 12))) {
      assertThat(pulls.store().find(reference)).as(reference).contains(stored);
    }
    for (String reference :
        List.of(name + "x", "sha256:" + "0".repeat(64), "0".repeat(64), "fff")) {
      assertThat(pulls.store().find(reference)).as(reference).isEmpty();
    }
    for (String bad : List.of("", "a/UPPER", "a//b", "../x", "a:b:c", "x@sha256:12", "-x")) {
      assertThatThrownBy(() -> pulls.store().find(bad))
          .as(bad)
          .isInstanceOf(ReferenceException.class);
    }
  }

  @Test
  void formatsAndCompressions() throws Exception {
    var plain = TestLayer.plain(List.of(TarEntry.file("p", "plain")));
    var empty = TestLayer.gzip(List.of());
    String name =
        registry.push(
            "docker",
            "1",
            TestImage.builder()
                .format(TestImage.Format.DOCKER)
                .layer(plain)
                .layer(empty)
                .layer(plain)
                .build());
    StoredImage stored = pulls.pull(name);
    assertThat(stored.layers()).hasSize(3);
    assertThat(stored.layers().get(0)).isEqualTo(stored.layers().get(2));
    assertThat(pulls.store().lowerDirs(stored).getFirst().resolve("p")).hasContent("plain");
    assertThat(pulls.leftovers()).hasSize(3);
  }

  @Test
  void aHundredAndTwentySevenLayers() throws Exception {
    var many = TestImage.builder();
    for (int i = 0; i < 127; i++) {
      many.layer(TarEntry.file("f" + i, "layer " + i));
    }
    StoredImage stored = pulls.pull(registry.push("many", "1", many.build()));
    assertThat(pulls.store().lowerDirs(stored)).hasSize(127);
    assertThat(pulls.store().lowerDirs(stored).getFirst().resolve("f126")).exists();
  }

  @Test
  void removingByOneNameRemovesAll() throws Exception {
    TestImage image = image("many names");
    String one = registry.push("rm/a", "1", image);
    String two = registry.push("rm/b", "2", image);
    pulls.pull(one);
    pulls.pull(two);
    assertThat(pulls.store().list().getFirst().repoTags()).containsExactly(one, two);
    assertThat(pulls.store().remove(one)).isEqualTo(RemoveOutcome.REMOVED);
    assertThat(pulls.store().find(two)).isEmpty();
    assertThat(pulls.store().remove(one)).isEqualTo(RemoveOutcome.ABSENT);
    assertThat(pulls.leftovers()).isEmpty();
    assertThat(pulls.store().usage().bytes()).isZero();
  }

  @Test
  void untaggingTakesOneNameAndAtLastTheImage() throws Exception {
    TestImage image = image("untag");
    String one = registry.push("un/a", "1", image);
    String two = registry.push("un/b", "2", image);
    pulls.pull(one);
    pulls.pull(two);
    assertThat(pulls.store().untag(one)).isEqualTo(RemoveOutcome.UNTAGGED);
    assertThat(pulls.store().find(one)).isEmpty();
    assertThat(pulls.store().untag(two)).isEqualTo(RemoveOutcome.REMOVED);
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void sharedLayersStayForWhoeverNeedsThem() throws Exception {
    String one = registry.push("share", "1", image("one"));
    String two = registry.push("share", "2", image("two"));
    StoredImage first = pulls.pull(one);
    long alone = pulls.store().usage().bytes();
    StoredImage second = pulls.pull(two);
    assertThat(second.layers().getFirst()).isEqualTo(first.layers().getFirst());
    assertThat(pulls.store().usage().bytes()).isLessThan(2 * alone);
    pulls.store().remove(one);
    assertThat(pulls.store().lowerDirs(second)).allSatisfy(p -> assertThat(p).isDirectory());
    assertThat(pulls.leftovers()).hasSize(3);
  }

  @Test
  void aTagThatMovesLeavesTheOldImageByItsId() throws Exception {
    TestImage old = image("old");
    String name = registry.push("move", "1", old);
    StoredImage before = pulls.pull(name);
    registry.push("move", "1", image("new"));
    StoredImage after = pulls.pull(name);
    assertThat(after.id()).isNotEqualTo(before.id());
    assertThat(pulls.store().find(name)).contains(after);
    StoredImage left = pulls.store().find(before.id().toString()).orElseThrow();
    assertThat(left.repoTags()).isEmpty();
    assertThat(left.repoDigests()).containsExactly(at(name, old.digest()));
    pulls.reopen();
    assertThat(pulls.store().find(name).orElseThrow().id()).isEqualTo(after.id());
    assertThat(pulls.store().list()).hasSize(2);
  }

  @Test
  void anImageInUseGoesWhenTheLastUserDoes() throws Exception {
    String name = registry.push("used", "1", image("used"));
    StoredImage stored = pulls.pull(name);
    Lease one = pulls.store().use(stored.id()).orElseThrow();
    Lease two = pulls.store().use(stored.id()).orElseThrow();
    assertThat(pulls.store().remove(name)).isEqualTo(RemoveOutcome.IN_USE);
    assertThat(pulls.store().list()).isEmpty();
    assertThat(pulls.store().find(name)).isEmpty();
    assertThat(pulls.store().remove(name)).isEqualTo(RemoveOutcome.ABSENT);
    one.close();
    one.close();
    assertThat(pulls.store().lowerDirs(stored)).allSatisfy(p -> assertThat(p).isDirectory());
    two.close();
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void aRemovedButUsedImageSurvivesARestartUntilTheSweep() throws Exception {
    String name = registry.push("used", "2", image("used again"));
    StoredImage stored = pulls.pull(name);
    var lease = pulls.store().use(stored.id()).orElseThrow();
    pulls.store().remove(name);
    pulls.reopen();
    assertThat(pulls.store().list()).isEmpty();
    Lease again = pulls.store().use(stored.id()).orElseThrow();
    pulls.store().sweep();
    assertThat(pulls.store().lowerDirs(stored)).allSatisfy(p -> assertThat(p).isDirectory());
    again.close();
    assertThat(pulls.leftovers()).isEmpty();
    assertThat(lease).isNotNull();
    StoredImage back = pulls.pull(name);
    assertThat(back.id()).isEqualTo(stored.id());
  }

  @Test
  void whatACrashLeavesIsRemovedAtOpen() throws Exception {
    String name = registry.push("crash", "1", image("crash"));
    StoredImage stored = pulls.pull(name);
    List<String> whole = pulls.leftovers();
    Path images = pulls.directory;
    Files.createDirectories(images.resolve("tmp/layer-123/diff/deep"));
    Files.createDirectories(images.resolve("layers/" + "a".repeat(64) + "/diff"));
    Files.createDirectories(images.resolve("layers/not-a-layer"));
    Files.writeString(images.resolve("images/" + "b".repeat(64)), "");
    Files.writeString(images.resolve("images/." + "c".repeat(64) + ".tmp"), "half");
    pulls.reopen();
    assertThat(pulls.leftovers()).isEqualTo(whole);
    assertThat(pulls.store().list()).containsExactly(stored);
  }

  @Test
  void anImageWithoutAllItsLayersIsForgotten() throws Exception {
    String name = registry.push("crash", "2", image("lost"));
    StoredImage stored = pulls.pull(name);
    Files.delete(pulls.layer(stored.layers().getLast()).resolve("layer"));
    pulls.reopen();
    assertThat(pulls.store().list()).isEmpty();
    assertThat(pulls.leftovers()).isEmpty();
    assertThat(pulls.pull(name)).isNotNull();
  }

  @Test
  void directoriesOnTheWayCanBePassedAndNoMore() throws Exception {
    StoredImage stored = pulls.pull(registry.push("modes", "1", image("modes")));
    Path root = pulls.store().lowerDirs(stored).getFirst();
    assertThat(Files.getAttribute(root, "unix:mode")).isEqualTo(040755);
    Path layer = pulls.layer(stored.layers().getLast());
    for (Path p : List.of(layer, layer.resolve(".."), layer.resolve("../.."))) {
      assertThat(Files.getAttribute(p, "unix:mode")).as(p.toString()).isEqualTo(040711);
    }
    assertThat(Files.getAttribute(pulls.directory.resolve("images"), "unix:mode"))
        .isEqualTo(040700);
  }

  @Test
  void aRegistryWithLogin() throws Exception {
    try (Registry closed = Registry.startWithLogin()) {
      String name = closed.push("secret", "1", image("secret"));
      assertThatThrownBy(() -> pulls.pull(name))
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("401 Unauthorized");
      assertThat(pulls.pull(name, Credentials.of(Registry.USER, Registry.PASSWORD))).isNotNull();
    }
  }

  @Test
  void aRegistryThatIsNotThere() {
    assertThatThrownBy(() -> pulls.pull("127.0.0.1:1/x:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining(
            "pull 127.0.0.1:1/x:1: manifest: http://127.0.0.1:1/v2: cannot connect")
        .matches(e -> ((ImageException) e).isTransient());
    assertThatThrownBy(() -> pulls.pull("no-such-host.invalid/x:1"))
        .hasMessageContaining("no such host");
  }
}
