package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.ImageExporter.Format;
import dev.gantry.image.ImageExporter.Options;
import dev.gantry.oci.Digest;
import dev.gantry.oci.MediaTypes.Compression;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestIndex;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is exported is read by Gantry, skopeo and umoci, and is the same image to all of them. */
class ImageExporterTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final TestImage app =
      TestImage.builder()
          .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/a", "a"))
          .layer(TarEntry.file("big", 0644, noise(3_000_000)), TarEntry.file("etc/.wh.a", ""))
          .layer(TarEntry.dir("etc", 0755), TarEntry.file("etc/b", "b"))
          .cmd("sh")
          .build();
  private final TestImage tool =
      TestImage.builder().layer(app.layers().getFirst()).layer(TarEntry.file("t", "t")).build();
  private PullFixture pulls;

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @BeforeEach
  void open() throws Exception {
    pulls = new PullFixture(dirs.base());
    Path tar = dirs.path("in.tar");
    ImageArchive.ociLayout(
        tar, Map.of("registry.example/app:1", app, "tool:1", TestIndex.of(tool)));
    pulls.importer().importArchive(tar);
  }

  @AfterEach
  void close() {
    pulls.close();
  }

  private Path export(Options options, String... names) throws Exception {
    Path file =
        dirs.path("out-" + options.format() + options.compression() + names.length + ".tar");
    try (OutputStream out = Files.newOutputStream(file)) {
      new ImageExporter(pulls.store()).export(List.of(names), options, out);
    }
    return file;
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command) + ": " + output).isZero();
    return output;
  }

  private static List<Options> all() {
    return List.of(
        Options.OCI,
        new Options(Format.OCI, Compression.GZIP),
        new Options(Format.OCI, Compression.ZSTD),
        Options.DOCKER);
  }

  @Test
  void roundTripThroughGantry() throws Exception {
    for (Options options : all()) {
      Path file = export(options, "registry.example/app:1", "tool:1");
      try (var other = new PullFixture(dirs.dir("other-" + file.getFileName()))) {
        List<StoredImage> back = other.importer().importArchive(file);
        assertThat(back).extracting(i -> i.id().toString()).containsExactly(app.id(), tool.id());
        assertThat(back.getFirst().repoTags()).containsExactly("registry.example/app:1");
        assertThat(back.getLast().repoTags()).containsExactly("docker.io/library/tool:1");
        assertThat(other.store().lowerDirs(back.getFirst()).getFirst().resolve("etc/b"))
            .hasContent("b");
        // And once more: every layer can be made again, also what came from an export.
        try (ImageContent content = other.store().content(app.id()).orElseThrow()) {
          for (LayerId id : content.image().layers()) {
            byte[] tar = content.openTar(id).readAllBytes();
            assertThat(Digest.sha256Of(tar)).isEqualTo(content.diffId(id));
            assertThat(content.tarSize(id)).isEqualTo(tar.length);
          }
        }
      }
    }
    assertThat(pulls.store().directory().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void skopeoReadsEveryKind() throws Exception {
    Path oci = export(new Options(Format.OCI, Compression.GZIP), "registry.example/app:1");
    Path docker = export(Options.DOCKER, "registry.example/app:1", "tool:1");
    Path plain = export(Options.OCI, "registry.example/app:1", "tool:1");
    assertConfig(run("skopeo", "inspect", "--raw", "--config", "oci-archive:" + oci), app);
    assertConfig(run("skopeo", "inspect", "--raw", "--config", "oci-archive:" + oci + ":1"), app);
    assertConfig(
        run(
            "skopeo",
            "inspect",
            "--raw",
            "--config",
            "oci-archive:" + plain + ":docker.io/library/tool:1"),
        tool);
    assertConfig(
        run("skopeo", "inspect", "--raw", "--config", "docker-archive:" + docker + ":tool:1"),
        tool);
    // A copy reads and verifies every layer.
    run("skopeo", "copy", "oci-archive:" + oci, "dir:" + dirs.path("copied-oci"));
    run(
        "skopeo",
        "copy",
        "docker-archive:" + docker + ":registry.example/app:1",
        "dir:" + dirs.path("copied-docker"));
  }

  private static void assertConfig(String config, TestImage image) {
    assertThat(Digest.sha256Of(config.getBytes(StandardCharsets.UTF_8))).hasToString(image.id());
  }

  @Test
  void umociUnpacksADirectory() throws Exception {
    Path directory = dirs.path("layout");
    var exporter = new ImageExporter(pulls.store());
    exporter.exportDirectory(List.of("registry.example/app:1"), Compression.GZIP, directory);
    Path bundle = dirs.path("bundle");
    run("umoci", "unpack", "--image", directory + ":1", bundle.toString());
    assertThat(bundle.resolve("rootfs/etc/b")).hasContent("b");
    assertThat(bundle.resolve("rootfs/etc/a")).doesNotExist();
    assertThat(bundle.resolve("rootfs/big")).hasBinaryContent(noise(3_000_000));

    // A further image joins what is there; the same one changes nothing.
    exporter.exportDirectory(List.of("tool:1"), Compression.GZIP, directory);
    exporter.exportDirectory(List.of("tool:1"), Compression.GZIP, directory);
    assertConfig(
        run(
            "skopeo",
            "inspect",
            "--raw",
            "--config",
            "oci:" + directory + ":registry.example/app:1"),
        app);
    assertConfig(
        run(
            "skopeo",
            "inspect",
            "--raw",
            "--config",
            "oci:" + directory + ":docker.io/library/tool:1"),
        tool);
    assertThat(run("umoci", "list", "--layout", directory.toString()).lines()).hasSize(2);
  }

  @Test
  void namesWithWhichAnImageLeaves() throws Exception {
    pulls.store().tag("tool:1", "tool:2");
    assertThat(names(export(Options.OCI, tool.id()))).hasSize(2);
    assertThat(names(export(Options.DOCKER, "tool:2"))).containsExactly("docker.io/library/tool:2");
    String digest = pulls.store().find("tool:1").orElseThrow().repoDigests().getFirst();
    assertThat(names(export(new Options(Format.OCI, Compression.ZSTD), digest))).isEmpty();
  }

  private List<String> names(Path file) throws Exception {
    try (var other = new PullFixture(dirs.dir("names-" + file.getFileName()))) {
      return other.importer().importArchive(file).getLast().repoTags();
    }
  }

  @Test
  void aMissingImageWritesNothing() throws Exception {
    Path file = dirs.path("none.tar");
    try (OutputStream out = Files.newOutputStream(file)) {
      assertThatThrownBy(() ->
              new ImageExporter(pulls.store())
                  .export(List.of("tool:1", "none:1"), Options.OCI, out))
          .isInstanceOf(ReferenceException.class)
          .hasMessageContainingAll("export tool:1 none:1", "'none:1'", "no such image");
    }
    assertThat(file).isEmptyFile();
  }

  @Test
  void aReaderThatGoesAwayLeavesNothing() {
    OutputStream broken =
        new OutputStream() {
          private long bytes;

          @Override
          public void write(int b) throws IOException {
            if (++bytes > 100_000) {
              throw new IOException("Broken pipe");
            }
          }
        };
    for (Options options : all()) {
      assertThatThrownBy(() ->
              new ImageExporter(pulls.store())
                  .export(List.of("registry.example/app:1"), options, broken))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("Broken pipe");
    }
    assertThat(pulls.store().directory().resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void aLayerThatIsDamagedIsNotExported() throws Exception {
    StoredImage image = pulls.store().find("registry.example/app:1").orElseThrow();
    Path archive = pulls.layer(image.layers().get(1)).resolve("archive");
    byte[] bytes = Files.readAllBytes(archive);
    bytes[1_000_000] ^= 1;
    Files.write(archive, bytes);
    isRefused();
    Files.write(archive, Arrays.copyOf(bytes, 2_000_000));
    isRefused();
  }

  private void isRefused() {
    for (Options options : all()) {
      assertThatThrownBy(() -> export(options, "registry.example/app:1"))
          .isInstanceOf(DigestMismatchException.class)
          .hasMessageContaining("layer " + app.layers().get(1).diffId());
    }
  }
}
