package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process that may outlive this one: in a session of its own, its output in a file, and known to
 * later commands by a file that holds its pid and the moment of its start, so that a pid that was
 * used again is never taken for it.
 */
public final class ChildProcess {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final ProcessHandle handle;

  private ChildProcess(String name, ProcessHandle handle) {
    this.name = name;
    this.handle = handle;
  }

  /**
   * Starts a program.
   *
   * @param name what it is, for messages
   * @param log where its output is added
   * @param record where it is recorded
   */
  public static ChildProcess start(
      String name, List<String> command, Map<String, String> environment, Path log, Path record) {
    // A Ctrl-C in the terminal of this command is not for it.
    List<String> detached = new ArrayList<>(List.of("setsid"));
    detached.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .directory(new File("/"))
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      ProcessHandle handle = builder.start().toHandle();
      ChildProcess child = new ChildProcess(name, handle);
      Files.writeString(record, child.identity(), StandardCharsets.UTF_8);
      return child;
    } catch (IOException e) {
      throw CliFailure.of("start " + name + ": " + e.getMessage(), e);
    }
  }

  /** The process that {@code record} names, if it is still there. */
  public static Optional<ChildProcess> find(String name, Path record) {
    try {
      String identity = Files.readString(record);
      long pid = Long.parseLong(identity.substring(0, identity.indexOf(' ')));
      return ProcessHandle.of(pid)
          .map(handle -> new ChildProcess(name, handle))
          .filter(child -> child.identity().equals(identity))
          .filter(ChildProcess::alive);
    } catch (IOException | NumberFormatException | StringIndexOutOfBoundsException e) {
      return Optional.empty(); // no record, or a torn one: there is nothing that it could name
    }
  }

  private String identity() {
    Instant start = handle.info().startInstant().orElse(Instant.EPOCH);
    return handle.pid() + " " + start.toEpochMilli() + "\n";
  }

  public long pid() {
    return handle.pid();
  }

  /** Whether it runs: one that has ended and that nobody has waited for yet does not. */
  public boolean alive() {
    return handle.isAlive() && !isZombie();
  }

  // The state follows the name, which stands in parentheses: proc_pid_stat(5).
  private boolean isZombie() {
    try {
      String stat = Files.readString(Path.of("/proc", String.valueOf(pid()), "stat"));
      return stat.startsWith(") Z", stat.lastIndexOf(')'));
    } catch (IOException e) {
      return true; // it is gone altogether
    }
  }

  /** Ends it: SIGTERM, and SIGKILL if that does not help in time. */
  public void stop() {
    handle.destroy();
    if (!ended()) {
      handle.destroyForcibly();
      if (!ended()) {
        throw CliFailure.of("stop " + name + ": process " + pid() + " does not end");
      }
    }
  }

  private boolean ended() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (alive()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CliFailure.of("stop " + name + ": interrupted", e);
      }
    }
    return true;
  }
}
