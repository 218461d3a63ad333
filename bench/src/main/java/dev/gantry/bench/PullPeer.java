package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Another runtime that pulls are compared with: one with its default settings, nothing but its
 * directories and its socket is changed.
 */
sealed interface PullPeer permits Containerd, Crio {
  /** What the report calls it. */
  String name();

  Path program();

  /**
   * Writes the daemon's configuration.
   *
   * @param root what is on a disk, made by the caller
   * @param state what is on a tmpfs, made by the caller
   * @param registry host and port of the registry, which speaks plain HTTP
   * @return how the daemon is started, without the program
   */
  List<String> configure(Path root, Path state, String registry) throws IOException;

  Path socket(Path state);

  default boolean installed() {
    return Files.isExecutable(program());
  }

  /** The first line of what it says of its version. */
  default String version() throws IOException {
    return Programs.run(List.of(program().toString(), "--version")).lines().findFirst().orElse("");
  }
}
