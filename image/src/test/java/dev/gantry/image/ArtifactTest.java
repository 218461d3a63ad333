package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.registry.HostsDirectory;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestFiles;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** OCI artifacts are kept as files, ready to be a volume, and never become a container. */
class ArtifactTest {
  private static final String TYPE = "application/vnd.test.model";

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

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private List<Path> files(StoredImage image) throws IOException {
    return pulls.store().lowerDirs(image).reversed();
  }

  @Test
  void itsBlobsAreFiles() throws Exception {
    var content = new LinkedHashMap<String, byte[]>();
    content.put("model/weights.bin", new byte[300_000]);
    content.put("README.md", bytes("read me"));
    content.put("COPY.md", bytes("read me"));
    content.put("", bytes("no title"));
    TestFiles artifact = TestFiles.of(TYPE, content);
    String name = registry.push("artifact", "1", artifact);
    StoredImage stored = pulls.pull(name);
    assertThat(stored.artifactType()).isEqualTo(TYPE);
    assertThat(stored.id()).hasToString(artifact.digest());
    assertThat(stored.repoTags()).containsExactly(name);
    assertThat(stored.layers()).hasSize(4).doesNotHaveDuplicates();
    List<Path> files = files(stored);
    assertThat(files.get(0).resolve("model/weights.bin")).hasBinaryContent(new byte[300_000]);
    assertThat(files.get(1).resolve("README.md")).hasContent("read me");
    assertThat(files.get(2).resolve("COPY.md")).hasContent("read me");
    String hex = Digest.sha256Of(bytes("no title")).hex();
    assertThat(files.get(3).resolve(hex)).hasContent("no title");
    assertThat(Files.getAttribute(files.get(1).resolve("README.md"), "unix:mode"))
        .isEqualTo(0100644);
    for (int i = 0; i < 4; i++) {
      try (InputStream blob = pulls.store().openTar(stored.layers().get(i))) {
        assertThat(blob.readAllBytes()).isEqualTo(List.copyOf(content.values()).get(i));
      }
    }
    pulls.reopen();
    assertThat(pulls.store().list()).containsExactly(stored);
    assertThat(pulls.store().find(artifact.digest())).contains(stored);
    pulls.store().remove(name);
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void artifactsWithTheSameConfigurationAreNotTheSame() throws Exception {
    StoredImage one =
        pulls.pull(registry.push("two", "1", TestFiles.of(TYPE, Map.of("f", bytes("1")))));
    StoredImage two =
        pulls.pull(registry.push("two", "2", TestFiles.of(TYPE, Map.of("f", bytes("2")))));
    StoredImage empty = pulls.pull(registry.push("two", "3", TestFiles.of(TYPE, Map.of())));
    assertThat(one.id()).isNotEqualTo(two.id());
    assertThat(empty.layers()).isEmpty();
    assertThat(pulls.store().list()).hasSize(3);
  }

  @Test
  void aLayerThatIsAlsoAnArtifactsFileIsBoth() throws Exception {
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("inside", "x")));
    var layer = TestLayer.plain(List.of(TarEntry.file("inside", "x")));
    StoredImage image =
        pulls.pull(registry.push("both", "image", TestImage.builder().layer(layer).build()));
    StoredImage file =
        pulls.pull(registry.push("both", "file", TestFiles.of(TYPE, Map.of("a.tar", tar))));
    assertThat(files(image).getFirst().resolve("inside")).hasContent("x");
    assertThat(files(file).getFirst().resolve("a.tar")).hasBinaryContent(tar);
  }

  @Test
  void titlesCannotLeaveTheVolume() throws Exception {
    Files.writeString(dirs.path("outside"), "mine");
    for (String title : List.of("../outside", "a/../../outside", "..", "/", ".", "a\0b")) {
      String name = registry.push("hostile", "1", TestFiles.of(TYPE, Map.of(title, bytes("x"))));
      assertThatThrownBy(() -> pulls.pull(name)).as(title).isInstanceOf(LayerException.class);
      assertThat(pulls.leftovers()).isEmpty();
    }
    assertThat(dirs.path("outside")).hasContent("mine");
  }

  @Test
  void damageIsFoundAndRepaired() throws Exception {
    StoredImage stored =
        pulls.pull(registry.push("check", "1", TestFiles.of(TYPE, Map.of("d/f", bytes("good")))));
    var client =
        new RegistryClient(
            new HostsDirectory(List.of(pulls.certs)), Duration.ofSeconds(5), RetryPolicy.DEFAULT);
    try (var checker = new ImageChecker(pulls.store(), client)) {
      assertThat(checker.check(false, CheckListener.NONE).findings()).isEmpty();
      Path file = files(stored).getFirst().resolve("d/f");
      Files.writeString(file, "evil");
      assertThat(checker.check(false, CheckListener.NONE).isSound()).isFalse();
      CheckReport repaired = checker.check(true, CheckListener.NONE);
      assertThat(repaired.isSound()).as(repaired.toString()).isTrue();
      assertThat(file).hasContent("good");
      assertThat(checker.check(false, CheckListener.NONE).findings()).isEmpty();
    }
  }
}
