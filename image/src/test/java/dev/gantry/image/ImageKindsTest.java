package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.oci.Digest;
import dev.gantry.oci.Platform;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestLayer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images of every kind that registries and archives hold. */
class ImageKindsTest {
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

  private static byte[] skippable(int nibble, int bytes) {
    ByteBuffer frame = ByteBuffer.allocate(8 + bytes).order(ByteOrder.LITTLE_ENDIAN);
    return frame.putInt(0x184D2A50 | nibble).putInt(bytes).array();
  }

  /** As zstd:chunked has it: a frame for each part, skippable ones between, around and behind. */
  private static byte[] chunked(byte[] tar) {
    var blob = new ByteArrayOutputStream();
    blob.writeBytes(skippable(0, 32));
    for (int at = 0; at < tar.length; at += 700) {
      blob.writeBytes(Zstd.compress(Arrays.copyOfRange(tar, at, Math.min(tar.length, at + 700))));
      blob.writeBytes(skippable(at % 16, at % 50));
    }
    blob.writeBytes(skippable(15, 100_000));
    return blob.toByteArray();
  }

  @Test
  void zstdAndZstdChunked() throws Exception {
    byte[] one = TarWriter.archive(List.of(TarEntry.file("one", "1".repeat(5000))));
    byte[] two = TarWriter.archive(List.of(TarEntry.file("two", "2".repeat(5000))));
    StoredImage stored =
        pulls.pull(
            registry.push(
                "zstd",
                "1",
                TestImage.builder()
                    .layer(TestLayer.of(one, Zstd.compress(one), TestLayer.Compression.ZSTD))
                    .layer(TestLayer.of(two, chunked(two), TestLayer.Compression.ZSTD))
                    .build()));
    List<Path> topFirst = pulls.store().lowerDirs(stored);
    assertThat(topFirst.get(1).resolve("one")).hasContent("1".repeat(5000));
    assertThat(topFirst.get(0).resolve("two")).hasContent("2".repeat(5000));
  }

  @Test
  void aHundredAndTwentySevenLayersMount() throws Exception {
    var many = TestImage.builder();
    for (int i = 0; i < 127; i++) {
      many.layer(TarEntry.file("f" + i, "layer " + i), TarEntry.file("same", "" + i));
    }
    StoredImage stored = pulls.pull(registry.push("mount", "1", many.build()));
    Path merged = Files.createDirectory(dirs.path("merged"));
    Mounts.overlay(
        new Mounts.OverlayMount(
            pulls.store().lowerDirs(stored),
            Files.createDirectory(dirs.path("upper")),
            Files.createDirectory(dirs.path("work")),
            merged,
            Map.of()));
    try {
      assertThat(merged.resolve("same")).hasContent("126");
      for (int i = 0; i < 127; i++) {
        assertThat(merged.resolve("f" + i)).hasContent("layer " + i);
      }
    } finally {
      Mounts.unmount(merged);
    }
  }

  @Test
  void foreignLayersAreTakenFromTheRegistryOrRefused() throws Exception {
    var layer = TestLayer.gzip(List.of(TarEntry.file("f", "data")));
    for (String type :
        List.of(
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")) {
      Path there = layout(layer, type, "https://example.invalid/layer", true);
      StoredImage stored = new ImageImporter(pulls.store()).importArchive(there).getFirst();
      assertThat(pulls.store().lowerDirs(stored).getFirst().resolve("f")).hasContent("data");
      pulls.store().remove(stored.id().toString());
      Path missing = layout(layer, type, "https://example.invalid/layer", false);
      assertThatThrownBy(() -> new ImageImporter(pulls.store()).importArchive(missing))
          .isInstanceOf(UnsupportedImageException.class)
          .hasMessageContaining("is foreign")
          .hasMessageContaining("Gantry does not fetch layers from");
      assertThat(pulls.leftovers()).isEmpty();
    }
  }

  private Path layout(TestLayer layer, String type, String url, boolean whole) throws IOException {
    String config =
        "{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(Platform.host().arch(), layer.diffId());
    return layout(
        Digest.Algorithm.SHA256,
        config,
        whole ? Map.of(layer.digest(), layer.blob()) : Map.of(),
        "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"urls\":[\"%s\"]}"
            .formatted(type, layer.digest(), layer.blob().length, url));
  }

  /** An OCI layout with one image, with digests of any algorithm. */
  private Path layout(
      Digest.Algorithm algorithm, String config, Map<String, byte[]> blobs, String layer)
      throws IOException {
    var all = new LinkedHashMap<>(blobs);
    Digest configDigest = Digest.of(algorithm, config.getBytes(UTF_8));
    all.put(configDigest.toString(), config.getBytes(UTF_8));
    String manifest =
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%d},\"layers\":[%s]}"
            .formatted(configDigest, config.length(), layer);
    Digest manifestDigest = Digest.of(algorithm, manifest.getBytes(UTF_8));
    all.put(manifestDigest.toString(), manifest.getBytes(UTF_8));
    String index =
        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":%d,\"annotations\":{\"io.containerd.image.name\":\"example.org/kinds:1\"}}]}"
            .formatted(manifestDigest, manifest.length());
    var entries = new ArrayList<TarEntry>();
    entries.add(TarEntry.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"));
    entries.add(TarEntry.file("index.json", index));
    all.forEach((digest, bytes) ->
        entries.add(TarEntry.file("blobs/" + digest.replace(':', '/'), 0644, bytes)));
    Path tar = dirs.base().resolve("layout.tar");
    Files.write(tar, TarWriter.archive(entries));
    return tar;
  }

  @Test
  void sha512Throughout() throws Exception {
    byte[] tar = TarWriter.archive(List.of(TarEntry.file("f", "strong")));
    byte[] blob = TestLayer.gzip(tar);
    Digest diffId = Digest.of(Digest.Algorithm.SHA512, tar);
    Digest digest = Digest.of(Digest.Algorithm.SHA512, blob);
    String config =
        "{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(Platform.host().arch(), diffId);
    Path layout =
        layout(
            Digest.Algorithm.SHA512,
            config,
            Map.of(digest.toString(), blob),
            "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(digest, blob.length));
    StoredImage stored = new ImageImporter(pulls.store()).importArchive(layout).getFirst();
    assertThat(stored.id().algorithm()).isEqualTo(Digest.Algorithm.SHA512);
    assertThat(stored.repoDigests()).hasSize(1).first().asString().contains("@sha512:");
    pulls.reopen();
    for (String name :
        List.of(
            "example.org/kinds:1",
            stored.id().toString(),
            stored.id().hex(),
            stored.repoDigests().getFirst(),
            stored.id().hex().substring(0, 12),
            "sha512:" + stored.id().hex().substring(0, 12))) {
      assertThat(pulls.store().find(name)).as(name).contains(stored);
    }
    assertThat(pulls.store().lowerDirs(stored).getFirst().resolve("f")).hasContent("strong");
    try (var in = pulls.store().openTar(stored.layers().getFirst())) {
      assertThat(in.readAllBytes()).isEqualTo(tar);
    }
    pulls.store().remove(stored.id().toString());
    assertThat(pulls.leftovers()).isEmpty();
  }
}
