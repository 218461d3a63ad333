package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

final class Links {
  private Links() {}

  static void delete(String name) throws IOException {
    if (Files.exists(Path.of("/sys/class/net", name))) {
      try {
        new ProcessBuilder("ip", "link", "delete", name).inheritIO().start().waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
