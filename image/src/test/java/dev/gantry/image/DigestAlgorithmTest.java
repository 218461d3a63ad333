package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.ImageExporter.Options;
import dev.gantry.oci.Digest;
import dev.gantry.oci.Digest.Algorithm;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.Json;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestLayer;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An image all of whose digests are SHA-512, and one whose are neither. */
class DigestAlgorithmTest {
  @RegisterExtension final TestDirs dirs = new TestDirs();

  private final HostileRegistry registry = HostileRegistry.start();
  private final byte[] tar = TarWriter.archive(List.of(TarEntry.file("f", "five hundred twelve")));
  private final byte[] blob = TestLayer.gzip(tar);
  private final byte[] config =
      Json.bytes(
          Map.of(
              "architecture",
              System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64",
              "os",
              "linux",
              "config",
              Map.of(),
              "rootfs",
              Map.of("type", "layers", "diff_ids", List.of(sha512(tar).toString()))));
  private final byte[] manifest = manifest(sha512(config).toString(), sha512(blob).toString());
  private PullFixture pulls;

  private static Digest sha512(byte[] bytes) {
    return Digest.of(Algorithm.SHA512, bytes);
  }

  private byte[] manifest(String configDigest, String layerDigest) {
    var document = new LinkedHashMap<String, Object>();
    document.put("schemaVersion", 2);
    document.put("mediaType", "application/vnd.oci.image.manifest.v1+json");
    document.put(
        "config",
        Map.of(
            "mediaType",
            "application/vnd.oci.image.config.v1+json",
            "digest",
            configDigest,
            "size",
            config.length));
    document.put(
        "layers",
        List.of(
            Map.of(
                "mediaType",
                "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest",
                layerDigest,
                "size",
                blob.length)));
    return Json.bytes(document);
  }

  @BeforeEach
  void open() throws Exception {
    pulls = new PullFixture(dirs.base());
    serve("manifests/1", manifest);
    serve("manifests/" + sha512(manifest), manifest);
    serve("blobs/" + sha512(config), config);
    serve("blobs/" + sha512(blob), blob);
  }

  private void serve(String path, byte[] body) {
    String type =
        path.startsWith("manifests")
            ? "application/vnd.oci.image.manifest.v1+json"
            : "application/octet-stream";
    registry.on("/v2/app/" + path, Answer.body(200, type, body));
  }

  @AfterEach
  void close() {
    pulls.close();
    registry.close();
  }

  @Test
  void pulledByTagAndDigestFoundByIdExportedAndImported() throws Exception {
    String byDigest = registry.host() + "/app@" + sha512(manifest);
    assertThat(pulls.pull(byDigest).repoDigests()).containsExactly(byDigest);
    StoredImage image = pulls.pull(registry.host() + "/app:1");
    assertThat(image.id()).isEqualTo(sha512(config));
    assertThat(registry.gets(".*/blobs/" + sha512(blob))).isEqualTo(1);
    pulls.reopen();
    String id = sha512(config).toString();
    assertThat(pulls.store().find(id)).isPresent();
    assertThat(pulls.store().find(sha512(config).hex())).isPresent();
    assertThat(pulls.store().find(sha512(config).hex().substring(0, 12))).isPresent();
    assertThat(pulls.store().find(byDigest)).isPresent();
    assertThat(pulls.puller().pull(id, Credentials.NONE, PullListener.NONE).id())
        .isEqualTo(image.id());

    for (Options options : List.of(Options.OCI, Options.DOCKER)) {
      Path file = dirs.path(options.format() + ".tar");
      try (OutputStream out = Files.newOutputStream(file)) {
        new ImageExporter(pulls.store()).export(List.of(id), options, out);
      }
      try (var other = new PullFixture(dirs.dir("other-" + options.format()))) {
        StoredImage back = other.importer().importArchive(file).getFirst();
        assertThat(other.store().lowerDirs(back).getFirst().resolve("f"))
            .hasContent("five hundred twelve");
        if (options.equals(Options.OCI)) {
          assertThat(back.id()).isEqualTo(image.id());
        }
      }
    }
    assertThat(pulls.store().remove(id)).isEqualTo(RemoveOutcome.REMOVED);
    assertThat(pulls.leftovers()).isEmpty();
  }

  @Test
  void otherBytesAreFoundOut() {
    byte[] other = blob.clone();
    other[other.length - 1] ^= 1;
    serve("blobs/" + sha512(blob), other);
    assertThatThrownBy(() -> pulls.pull(registry.host() + "/app:1"))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining(sha512(blob).toString());
    serve("manifests/" + sha512(manifest), manifest("sha256:" + "0".repeat(64), "x"));
    assertThatThrownBy(() -> pulls.pull(registry.host() + "/app@" + sha512(manifest)))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining(sha512(manifest).toString());
  }

  @Test
  void otherAlgorithmsAreRefusedByName() {
    serve("manifests/1", manifest("sha384:" + "0".repeat(96), "md5:" + "0".repeat(32)));
    assertThatThrownBy(() -> pulls.pull(registry.host() + "/app:1"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContainingAll("unknown algorithm \"sha384\"", "known: sha256, sha512");
    assertThatThrownBy(() ->
            pulls.puller().pull("app@md5:" + "0".repeat(32), Credentials.NONE, PullListener.NONE))
        .isInstanceOf(ReferenceException.class)
        .hasMessageContainingAll("unknown algorithm \"md5\"", "known: sha256, sha512");
  }
}
