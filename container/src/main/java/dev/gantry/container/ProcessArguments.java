package dev.gantry.container;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes of the host by what they were started with. */
final class ProcessArguments {
  private ProcessArguments() {}

  /** Whether some process has that argument. */
  static boolean anyHas(String argument) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path dir : processes) {
        if (of(dir).contains(argument)) {
          return true;
        }
      }
      return false;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** The arguments of the process with that directory in /proc; none when it is gone. */
  static List<String> of(Path dir) {
    try {
      return List.of(
          new String(Files.readAllBytes(dir.resolve("cmdline")), StandardCharsets.UTF_8)
              .split("\0"));
    } catch (IOException gone) {
      return List.of();
    }
  }
}
