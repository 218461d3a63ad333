package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Where {@code gantry run} lets the logs of a pod be written. The place follows from the pod's uid,
 * so that whoever removes the pod can remove them.
 */
final class RunLogs {
  private static final Path PARENT = Path.of("/var/log/gantry");

  private RunLogs() {}

  /**
   * The directory of the pod with that uid.
   *
   * @throws IllegalArgumentException when it is no UUID, so none of {@code gantry run}'s
   */
  static Path of(String uid) {
    return PARENT.resolve("run-" + UUID.fromString(uid));
  }

  /** Removes the logs of the pod's one container with their directory, if that is there. */
  static void remove(Path logs, String pod) {
    try {
      Files.deleteIfExists(logs.resolve(pod + ".log"));
      Files.deleteIfExists(logs);
    } catch (IOException e) {
      throw CliFailure.of("remove logs " + logs + ": " + e.getMessage(), e);
    }
  }

  /** Removes what {@code gantry run} has left of a pod that is no more; other pods have nothing. */
  static void removeOf(String uid, String pod) {
    if (uid.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
      remove(of(uid), pod);
    }
  }
}
