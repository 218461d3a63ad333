package dev.gantry.cli.e2e;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.StatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is done to processes. */
final class Processes {
  private static final long START_SECONDS = 60;
  private static final long PAUSE_MILLIS = 200;
  private static final int TAIL = 6000;

  private Processes() {}

  /** Waits until a runtime says that it is ready. */
  static void awaitRuntime(String endpoint, Process process, Path log) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    try (CriChannel channel = CriChannel.open(endpoint)) {
      while (!ready(channel)) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IOException("the runtime does not answer: " + Files.readString(log));
        }
        pause();
      }
    }
  }

  private static boolean ready(CriChannel channel) {
    try {
      return channel
          .runtime()
          .withWaitForReady()
          .withDeadlineAfter(2, TimeUnit.SECONDS)
          .status(StatusRequest.getDefaultInstance())
          .getStatus()
          .getConditionsList()
          .stream()
          .allMatch(c -> c.getStatus());
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** Kills a process, if there is one, and waits for its end. */
  static void kill(@Nullable Process process) {
    if (process == null) {
      return;
    }
    process.destroyForcibly();
    try {
      if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("process " + process.pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills the process whose last argument is this word; false when there is none. */
  static boolean killByWord(String word) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path entry : all) {
        if (commandLine(entry).endsWith("\0" + word + "\0")) {
          long pid = Long.parseLong(String.valueOf(entry.getFileName()));
          return ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
        }
      }
    }
    return false;
  }

  private static String commandLine(Path entry) {
    try {
      return Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  /** Runs a command to its end, which must be a good one. */
  static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The end of a log. */
  static String tail(Path file) {
    try {
      String log = Files.readString(file);
      return log.substring(Math.max(0, log.length() - TAIL));
    } catch (IOException e) {
      return e.toString();
    }
  }

  static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
