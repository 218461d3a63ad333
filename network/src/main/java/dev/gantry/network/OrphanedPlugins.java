package dev.gantry.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plug-ins that a killed daemon has left running: an ADD that ends after our DEL would leave what
 * nobody deletes any more. They are known by the pod's id in their environment.
 */
final class OrphanedPlugins {
  private static final Logger log = LoggerFactory.getLogger(OrphanedPlugins.class);
  private static final Duration DEATH = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(10);

  private OrphanedPlugins() {}

  /**
   * Kills the pod's plug-ins and what they have started, and waits for their end for a bounded
   * time.
   */
  static void kill(String podId) {
    long until = System.nanoTime() + DEATH.toNanos();
    try {
      while (killOnce(podId) > 0 && System.nanoTime() < until) {
        Thread.sleep(LOOK);
      }
    } catch (IOException e) {
      log.warn("cannot look for plug-ins left running for pod {}: {}", podId, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int killOnce(String podId) throws IOException {
    String variable = "CNI_CONTAINERID=" + podId;
    int found = 0;
    try (DirectoryStream<Path> processes =
        Files.newDirectoryStream(Path.of("/proc"), OrphanedPlugins::isProcess)) {
      for (Path process : processes) {
        if (environmentHolds(process, variable)) {
          found++;
          log.info("killing plug-in {} left running for pod {}", process, podId);
          // The handle remembers the start time, so a number that is used again is not hit.
          ProcessHandle.of(Long.parseLong(String.valueOf(process.getFileName())))
              .filter(handle -> environmentHolds(process, variable))
              .ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
    return found;
  }

  private static boolean isProcess(Path entry) {
    return String.valueOf(entry.getFileName()).chars().allMatch(Character::isDigit);
  }

  /** A zombie has no environment any more, and somebody else's cannot be read. */
  private static boolean environmentHolds(Path process, String variable) {
    try {
      String text = Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
      return Arrays.asList(text.split("\0", -1)).contains(variable);
    } catch (IOException e) {
      return false;
    }
  }
}
