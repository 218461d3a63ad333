package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.process.Spawn;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A command in a pod's sandbox. On the host only {@code runsc-exec} is seen, which waits for it and
 * has its exit code; the command itself is found by the number that the sandbox gave it, and what
 * it started by whose child that is. What has made itself nobody's child is not found.
 */
record GuestExec(RuntimeCli cli, ContainerRef container, Process prepared) implements ExecReach {
  /** End of the name of the file that holds the command's process number in the sandbox. */
  static final String SUFFIX = ".guest";

  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration COMMAND = Duration.ofSeconds(10);

  @Override
  public List<String> options(String file) {
    return List.of("--internal-pid-file", file + SUFFIX);
  }

  @Override
  public void killAll(Path pidFile, Duration deadline, String what) throws IOException {
    String name = pidFile.getFileName().toString();
    Path guestFile =
        pidFile.resolveSibling(
            name.substring(0, name.length() - ExecStart.PID_SUFFIX.length()) + SUFFIX);
    long until = System.nanoTime() + deadline.toNanos();
    Set<Integer> command = new HashSet<>();
    while (true) {
      int guest = number(guestFile);
      boolean waited = waitedFor(pidFile);
      if (guest == 0 && !waited) {
        return; // never begun
      }
      if (guest != 0) {
        command.add(guest);
        if (!killOnce(command) && !waited) {
          return;
        }
      }
      if (System.nanoTime() > until) {
        throw new RuntimeFailure(Kind.TIMED_OUT, what + ": processes of it cannot be killed");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** None but the one that waits for the command. */
  @Override
  public List<Integer> processes() {
    return List.of();
  }

  /** In the bundle: the host has no process that sees what the sandbox does. */
  @Override
  public CommandLookup lookup() throws IOException {
    byte[] json = Files.readAllBytes(container.bundle().resolve("config.json"));
    try {
      return CommandLookup.ofBundle(container.bundle(), OciJson.parse(json, RuntimeSpec.class));
    } catch (OciFormatException e) {
      throw new IOException("config.json: " + e.getMessage(), e);
    }
  }

  /** Kills those, and the children of those, that the sandbox still has; whether there were any. */
  private boolean killOnce(Set<Integer> command) throws IOException {
    if (!container.running()) {
      return false;
    }
    boolean any = false;
    for (GuestProcess process : GuestProcess.of(cli, container.id())) {
      if (command.contains(process.pid()) || command.contains(process.parent())) {
        command.add(process.pid());
        any = true;
        // One that has ended since is refused, and not seen the next time.
        cli.run(
            COMMAND, "kill", "--pid", Integer.toString(process.pid()), container.id(), "SIGKILL");
      }
    }
    return any;
  }

  private static int number(Path file) throws IOException {
    try {
      String text = Files.readString(file).strip();
      return text.isEmpty() ? 0 : Integer.parseInt(text);
    } catch (NoSuchFileException none) {
      return 0;
    }
  }

  /** Whether a process of the runtime waits for the command, or is about to start it. */
  private static boolean waitedFor(Path pidFile) throws IOException {
    return ProcessArguments.anyHas(pidFile.toString());
  }

  /** One process of a container as its sandbox lists it. */
  private record GuestProcess(int pid, int parent) {
    private static final int PID_COLUMN = 1;
    private static final int PARENT_COLUMN = 2;

    static List<GuestProcess> of(RuntimeCli cli, String container) throws IOException {
      Spawn.Result listed = cli.run(COMMAND, "ps", "--format=table", container);
      if (!listed.success()) {
        return List.of(); // the container has ended, and all of it
      }
      return listed
          .stdoutText()
          .lines()
          .skip(1)
          .map(line -> line.strip().split("\\s+"))
          .filter(columns -> columns.length > PARENT_COLUMN)
          .map(columns ->
              new GuestProcess(
                  Integer.parseInt(columns[PID_COLUMN]), Integer.parseInt(columns[PARENT_COLUMN])))
          .toList();
    }
  }
}
