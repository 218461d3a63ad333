package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ImageTagTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final TestImage one = TestImage.builder().layer(TarEntry.file("f", "1")).build();
  private final TestImage two = TestImage.builder().layer(TarEntry.file("f", "2")).build();
  private PullFixture pulls;

  @BeforeEach
  void open() throws Exception {
    pulls = new PullFixture(dirs.base());
    Path tar = dirs.path("two.tar");
    ImageArchive.dockerSave(tar, Map.of("one:1", one, "two:1", two));
    new ImageImporter(pulls.store()).importArchive(tar);
  }

  @AfterEach
  void close() {
    pulls.close();
  }

  @Test
  void aFurtherNameIsTheSameImageAlsoAfterARestart() throws Exception {
    assertThat(pulls.store().tag("one:1", "registry.example/app").orElseThrow().repoTags())
        .containsExactly("docker.io/library/one:1", "registry.example/app:latest");
    pulls.store().tag(one.id(), "app:2");
    pulls.store().tag("app:2", "app:2");
    pulls.reopen();
    assertThat(pulls.store().find("app:2").orElseThrow().id()).hasToString(one.id());
    assertThat(pulls.store().find("registry.example/app").orElseThrow().repoTags()).hasSize(3);
  }

  @Test
  void aNameThatAnotherHasMoves() throws Exception {
    pulls.store().tag("one:1", "two:1");
    assertThat(pulls.store().find("two:1").orElseThrow().id()).hasToString(one.id());
    assertThat(pulls.store().find(two.id()).orElseThrow().repoTags()).isEmpty();
    pulls.reopen();
    assertThat(pulls.store().find("two:1").orElseThrow().id()).hasToString(one.id());
  }

  @Test
  void whatCannotBeTagged() throws IOException {
    assertThat(pulls.store().tag("none:1", "app:1")).isEmpty();
    assertThatThrownBy(() -> pulls.store().tag("one:1", "app@sha256:" + "0".repeat(64)))
        .isInstanceOf(ReferenceException.class)
        .hasMessageContaining("a digest cannot be given");
    assertThatThrownBy(() -> pulls.store().tag("one:1", "App"))
        .isInstanceOf(ReferenceException.class)
        .hasMessageContaining("App");
  }
}
