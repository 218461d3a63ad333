package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.gantry.image.ImageException;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What layers take that are not in the store yet. */
class LayerBuilderTest {
  private static final int FILE = 8 << 20;
  private static final int HALF = FILE + FILE / 2;
  private static final DiskUsage.Usage NOTHING = new DiskUsage.Usage(0, 0);

  @RegisterExtension final TestDirs dirs = new TestDirs();

  private static LayerInput input(byte[] tar, InputStream in) {
    return new LayerInput(null, -1, Digest.sha256Of(tar), () -> in, n -> {});
  }

  private static byte[] twoFiles() {
    byte[] content = new byte[FILE];
    new Random(FILE).nextBytes(content);
    return TarWriter.archive(
        List.of(TarEntry.file("a", 0644, content), TarEntry.file("b", 0644, content)));
  }

  /** Builds a layer of which only the first bytes come until its space has been asked for. */
  private static CompletableFuture<UnpackedLayer> halt(
      LayerBuilder builder, byte[] tar, PipedOutputStream feed) throws IOException {
    var in = new PipedInputStream(feed, tar.length);
    var layer = new CompletableFuture<UnpackedLayer>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            layer.complete(builder.build(input(tar, in)));
          } catch (IOException | RuntimeException e) {
            layer.completeExceptionally(e);
          }
        });
    feed.write(tar, 0, HALF);
    await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(builder.usage().bytes()).isGreaterThanOrEqualTo(FILE));
    assertThat(builder.usage().bytes()).isLessThanOrEqualTo(2L * FILE);
    return layer;
  }

  @Test
  void aLayerCountsFromItsFirstFileUntilItIsPublished() throws Exception {
    var builder = new LayerBuilder(dirs.base(), UnpackLimits.DEFAULT, false);
    byte[] tar = twoFiles();
    CompletableFuture<UnpackedLayer> layer;
    try (var feed = new PipedOutputStream()) {
      layer = halt(builder, tar, feed);
      feed.write(tar, HALF, tar.length - HALF);
    }
    Path directory = layer.get().directory();
    assertThat(builder.usage()).isEqualTo(new DiskUsage.Usage(2L * FILE, 2));
    Files.move(directory, dirs.base().resolve("published"));
    assertThat(builder.usage()).isEqualTo(NOTHING);
  }

  @Test
  void aLayerThatFailsCountsNoLonger() throws Exception {
    var builder = new LayerBuilder(dirs.base(), UnpackLimits.DEFAULT, false);
    CompletableFuture<UnpackedLayer> layer;
    try (var feed = new PipedOutputStream()) {
      layer = halt(builder, twoFiles(), feed);
    }
    assertThatThrownBy(layer::get).hasCauseInstanceOf(ImageException.class);
    assertThat(builder.usage()).isEqualTo(NOTHING);
  }
}
