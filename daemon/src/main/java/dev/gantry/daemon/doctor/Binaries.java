package dev.gantry.daemon.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds programs as a shell would, also where root's PATH is short. */
public final class Binaries {
  private static final List<String> USUAL =
      List.of(
          "/usr/local/sbin",
          "/usr/local/bin",
          "/usr/sbin",
          "/usr/bin",
          "/sbin",
          "/bin",
          "/usr/libexec/podman");

  private Binaries() {}

  /** The executable of that name or path, if there is one. */
  public static Optional<Path> find(String nameOrPath) {
    if (nameOrPath.contains("/")) {
      return Optional.of(Path.of(nameOrPath)).filter(Files::isExecutable);
    }
    var dirs = new ArrayList<String>();
    String path = System.getenv("PATH");
    if (path != null) {
      dirs.addAll(List.of(path.split(":", -1)));
    }
    dirs.addAll(USUAL);
    return dirs.stream()
        .filter(dir -> dir.startsWith("/"))
        .map(dir -> Path.of(dir, nameOrPath))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }
}
