package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the machine's own tools for fixtures. */
final class Commands {
  private static final int SECONDS = 60;
  private static final List<Path> DIRECTORIES =
      List.of(
          Path.of("/usr/local/bin"),
          Path.of("/usr/bin"),
          Path.of("/bin"),
          Path.of("/usr/sbin"),
          Path.of("/sbin"));

  /** How a command ended, with its output and errors together. */
  record Result(int exit, String output) {}

  private Commands() {}

  /** Runs a command to its end; one that takes a minute fails. */
  static Result run(String... command) {
    Path log = null;
    try {
      log = Files.createTempFile("gantry-test", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + ": still runs after a minute");
      }
      return new Result(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(String.join(" ", command) + ": interrupted", e);
    } finally {
      if (log != null) {
        delete(log);
      }
    }
  }

  /** Returns where a program of the machine is; fails saying what to install. */
  static Path find(String program) {
    for (Path directory : DIRECTORIES) {
      Path path = directory.resolve(program);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    throw new IllegalStateException(program + " is not installed (Debian package " + program + ")");
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
