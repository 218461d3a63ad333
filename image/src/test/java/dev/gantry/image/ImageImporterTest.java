package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import dev.gantry.testkit.TestLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ImageImporterTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final TestImage image =
      TestImage.builder().layer(TarEntry.dir("d", 0755), TarEntry.file("d/f", "x")).build();
  private PullFixture pulls;

  @BeforeEach
  void open() throws IOException {
    pulls = new PullFixture(dirs.base());
  }

  @AfterEach
  void close() {
    pulls.close();
  }

  private List<StoredImage> load(Path file) throws ImageException {
    return new ImageImporter(pulls.store()).importArchive(file);
  }

  private static Path gzipped(Path file) throws IOException {
    return Files.write(
        file.resolveSibling(file.getFileName() + ".gz"), TestLayer.gzip(Files.readAllBytes(file)));
  }

  @Test
  void dockerSave() throws Exception {
    Path tar = dirs.path("save.tar");
    ImageArchive.dockerSave(tar, Map.of("app:1", image));
    for (Path file : List.of(tar, gzipped(tar))) {
      StoredImage stored = load(file).getFirst();
      assertThat(stored.id()).hasToString(image.id());
      assertThat(stored.repoTags()).containsExactly("docker.io/library/app:1");
      assertThat(pulls.store().lowerDirs(stored).getFirst().resolve("d/f")).hasContent("x");
      pulls.store().remove("app:1");
      assertThat(pulls.leftovers()).isEmpty();
    }
  }

  @Test
  void ociLayout() throws Exception {
    Path tar = dirs.path("oci.tar");
    TestIndex index = TestIndex.of(image);
    ImageArchive.ociLayout(tar, Map.of("registry.example/app:1", index));
    for (Path file : List.of(tar, gzipped(tar))) {
      StoredImage stored = load(file).getFirst();
      assertThat(stored.id()).hasToString(image.id());
      assertThat(stored.repoTags()).containsExactly("registry.example/app:1");
      assertThat(stored.repoDigests()).containsExactly("registry.example/app@" + index.digest());
    }
    assertThat(pulls.leftovers()).hasSize(2);
  }

  @Test
  void whatIsNoArchiveIsNamed() throws Exception {
    assertThatThrownBy(() -> load(dirs.path("none")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> load(Path.of("/dev/zero")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("not a regular file");
    Path text = Files.writeString(dirs.path("text"), "hello\n".repeat(300));
    assertThatThrownBy(() -> load(text))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("not a tar archive");
    Path other = dirs.path("other.tar");
    ImageArchive.write(other, List.of(TarEntry.file("a", "b")));
    assertThatThrownBy(() -> load(other))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("neither an OCI layout");
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void aBrokenArchiveLeavesNothing() throws Exception {
    Path tar = dirs.path("oci.tar");
    ImageArchive.ociLayout(tar, Map.of("registry.example/app:1", image));
    byte[] bytes = Files.readAllBytes(tar);
    Path cut = Files.write(dirs.path("cut.tar"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> load(cut))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("import " + cut);
    assertThat(pulls.leftovers()).isEmpty();
  }
}
