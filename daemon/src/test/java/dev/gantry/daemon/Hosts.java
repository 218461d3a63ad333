package dev.gantry.daemon;

import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.testkit.Registry;
import dev.gantry.testkit.TestFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Registries of a test that a node pulls from, by its {@code certs.d} directory. */
final class Hosts {
  private static final byte[] DATA = "data".getBytes(StandardCharsets.UTF_8);

  private Hosts() {}

  /** Lets the node speak plain HTTP with a registry. */
  static void plain(Node node, String host) {
    try {
      Path dir = Files.createDirectories(node.dirs.path("certs.d").resolve(host));
      Files.writeString(
          dir.resolve("hosts.toml"),
          "server = \"http://%s\"\n[host.\"http://%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
              .formatted(host, host));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has the node pull an artifact of one file, whose content is {@code data}; its name. */
  static ImageSpec pullArtifact(Node node, Registry registry) {
    plain(node, registry.host());
    String name =
        registry.push("model", "1", TestFiles.of("application/vnd.test.model", Map.of("f", DATA)));
    ImageSpec spec = ImageSpec.newBuilder().setImage(name).build();
    var _ = node.images().pullImage(PullImageRequest.newBuilder().setImage(spec).build());
    return spec;
  }
}
