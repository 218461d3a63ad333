package dev.gantry.cli.node;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.agent.manifest.Problem;
import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the manifests that a command line names: files, directories, or {@code -}. */
public final class ManifestFiles {
  private ManifestFiles() {}

  /**
   * Reads them.
   *
   * @param in what {@code -} means
   * @throws CliFailure with everything that is wrong with all of them
   */
  public static List<KubeObject> read(List<String> names, InputStream in) {
    List<KubeObject> objects = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    try {
      for (String name : names) {
        if (name.equals("-")) {
          collect(() -> Manifests.read("standard input", in), objects, problems);
          continue;
        }
        for (Path file : files(Path.of(name))) {
          collect(() -> Manifests.read(file), objects, problems);
        }
      }
    } catch (IOException e) {
      throw CliFailure.of("read manifests: " + e, e);
    }
    uniqueNames(objects);
    if (!problems.isEmpty()) {
      throw CliFailure.of(
          "nothing was applied; "
              + (problems.size() == 1 ? "" : problems.size() + " problems:\n  ")
              + String.join("\n  ", problems.stream().map(Problem::toString).toList()));
    }
    return objects;
  }

  /** Within a file the reader has looked; kubectl would let the last one win in silence. */
  private static void uniqueNames(List<KubeObject> objects) {
    Set<String> seen = new HashSet<>();
    for (KubeObject object : objects) {
      if (!seen.add(object.reference())) {
        throw CliFailure.of("nothing was applied; " + object.reference() + " is in two files")
            .advise("rename or remove one of them");
      }
    }
  }

  @FunctionalInterface
  private interface Reading {
    List<KubeObject> read() throws IOException, ManifestException;
  }

  private static void collect(Reading reading, List<KubeObject> objects, List<Problem> problems)
      throws IOException {
    try {
      objects.addAll(reading.read());
    } catch (ManifestException e) {
      problems.addAll(e.problems());
    }
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw CliFailure.of("read manifests: " + path + ": no such file or directory");
    }
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> all = Files.list(path)) {
      List<Path> files =
          all.filter(f -> f.toString().matches(".*\\.(yaml|yml|json)") && Files.isRegularFile(f))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw CliFailure.of("read manifests: " + path + " has no .yaml, .yml or .json file");
      }
      return files;
    }
  }
}
