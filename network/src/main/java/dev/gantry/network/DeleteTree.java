package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

final class DeleteTree {
  private DeleteTree() {}

  static void delete(Path dir) throws IOException {
    if (Files.exists(dir)) {
      List<Path> all;
      try (var walk = Files.walk(dir)) {
        all = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : all) {
        Files.delete(path);
      }
    }
  }
}
