package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.image.layer.LayerArchive;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Damage of layers that are kept as archives is found, named and repaired. */
class ArchiveCheckTest {
  @SuppressWarnings("NullAway.Init")
  private static Registry registry;

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private PullFixture pulls;
  private ImageChecker checker;
  private StoredImage image;

  @BeforeAll
  static void start() {
    registry = Registry.start();
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @BeforeEach
  void pull() throws Exception {
    pulls = new PullFixture(dirs.base());
    checker = pulls.checker();
    image =
        pulls.pull(
            registry.push(
                "archives",
                "1",
                TestImage.builder()
                    .layer(TarEntry.dir("d", 0711), TarEntry.file("d/f", "content"))
                    // Leans on the layer below: "d" is only implied.
                    .layer(TarEntry.file("d/g", "more"))
                    .build()));
    for (LayerId id : image.layers()) {
      assertThat(LayerArchive.isIn(pulls.layer(id))).isTrue();
    }
  }

  @AfterEach
  void close() {
    checker.close();
    pulls.close();
  }

  private Path file(int layer, String name) {
    return pulls.layer(image.layers().get(layer)).resolve(name);
  }

  private Path root(int layer) throws IOException {
    return pulls.store().lowerDirs(image).reversed().get(layer);
  }

  private static void damage(Path file, long at) throws IOException {
    try (var open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      int was = open.read();
      open.seek(at);
      open.write(was ^ 0x55);
    }
  }

  private void found(String problem, String outcome) throws Exception {
    CheckReport report = checker.check(false, CheckListener.NONE);
    assertThat(report.findings()).hasSize(1);
    assertThat(report.findings().getFirst().problem()).contains(problem);
    CheckReport repaired = checker.check(true, CheckListener.NONE);
    assertThat(repaired.isSound()).as(repaired.toString()).isTrue();
    assertThat(repaired.findings().getFirst().outcome()).contains(outcome);
    assertThat(checker.check(false, CheckListener.NONE).findings()).isEmpty();
    assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("tmp/"));
    assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("replaced/"));
  }

  @Test
  void nothingIsWrongWithWhatWasJustPulled() throws Exception {
    assertThat(checker.check(true, CheckListener.NONE).findings()).isEmpty();
  }

  @Test
  void contentIsFetchedAgain() throws Exception {
    damage(file(0, "archive"), 1024);
    found("archive of the stored layer", "127.0.0.1");
    assertThat(root(0).resolve("d/f")).hasContent("content");
  }

  @Test
  void aLostArchiveIsFetchedAgain() throws Exception {
    Files.delete(file(1, "archive"));
    found("missing", "127.0.0.1");
    assertThat(root(1).resolve("d/g")).hasContent("more");
  }

  @Test
  void anIndexIsMadeAgainOfItsArchive() throws Exception {
    for (int layer = 0; layer < 2; layer++) {
      damage(file(layer, "index"), 1300);
      found("its index is not that of its archive", "its own archive");
    }
    assertThat(root(0).resolve("d/f")).hasContent("content");
    assertThat(Files.getAttribute(root(1).resolve("d"), "unix:mode")).isEqualTo(040711);
  }

  @Test
  void aRunningContainerKeepsWhatItHasMounted() throws Exception {
    Path upper = Files.createDirectory(dirs.path("upper"));
    Path work = Files.createDirectory(dirs.path("work"));
    Path merged = Files.createDirectory(dirs.path("merged"));
    Mounts.overlay(
        new Mounts.OverlayMount(pulls.store().lowerDirs(image), upper, work, merged, Map.of()));
    Lease lease = pulls.store().use(image.id()).orElseThrow();
    try {
      assertThat(merged.resolve("d/g")).hasContent("more");
      damage(file(1, "archive"), 600);
      assertThat(checker.check(true, CheckListener.NONE).isSound()).isTrue();
      assertThat(merged.resolve("d/g")).hasContent("more");
      assertThat(merged.resolve("d/f")).hasContent("content");
      assertThat(pulls.leftovers()).anyMatch(name -> name.startsWith("replaced/"));
    } finally {
      Mounts.unmount(merged);
      lease.close();
    }
    assertThat(pulls.leftovers()).noneMatch(name -> name.startsWith("replaced/"));
  }
}
