package dev.gantry.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs helper programs of the benchmark, none of which is measured. */
final class Programs {
  private static final long PATIENCE_SECONDS = 120;

  private Programs() {}

  /**
   * Runs a program to its end.
   *
   * @return what it printed
   * @throws IOException with what it said, when it fails or takes too long
   */
  static String run(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!await(process)) {
      process.destroyForcibly();
      throw new IOException(command.getFirst() + " did not end: " + said);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          String.join(" ", command) + ": exit code " + process.exitValue() + ": " + said.strip());
    }
    return said;
  }

  /** Waits for a process to end; false when it does not. */
  static boolean await(Process process) throws IOException {
    try {
      return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static void sleep(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static InterruptedIOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    InterruptedIOException interrupted = new InterruptedIOException("interrupted");
    interrupted.initCause(e);
    return interrupted;
  }

  /** Writes a script of this package to a file. */
  static Path script(String name, Path directory) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream in = Programs.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this build has no " + name);
      }
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  /** Where a program of that name is, in the first of the directories that has it. */
  static Path find(String name, String... directories) throws IOException {
    for (String directory : directories) {
      Path file = Path.of(directory, name);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new IOException("no " + name + " in " + String.join(", ", directories));
  }
}
