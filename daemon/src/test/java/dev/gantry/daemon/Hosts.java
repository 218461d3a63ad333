package dev.gantry.daemon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the node's {@code certs.d} directory. */
final class Hosts {
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
}
