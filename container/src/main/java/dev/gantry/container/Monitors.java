package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Finds and ends conmon processes. */
final class Monitors {
  /** conmon ends by itself as soon as its container has. */
  private static final Duration BY_ITSELF = Duration.ofSeconds(2);

  private static final Duration AFTER_KILL = Duration.ofSeconds(10);

  private Monitors() {}

  /**
   * The monitor of a container: as recorded, or, when we died between its start and the record, the
   * process whose command line says so.
   */
  static Optional<ProcessId> find(ContainerRef container) {
    ProcessId known = container.conmon();
    if (known != null) {
      return Optional.of(known).filter(ProcessId::alive);
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path dir : processes) {
        int pid = Integer.parseInt(dir.getFileName().toString());
        Optional<ProcessId> id = ProcessId.find(pid);
        // Looked at between two looks at its start time, so that it is this very process's.
        if (isMonitor(dir, container) && id.isPresent() && id.get().alive()) {
          return id;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new IllegalStateException("/proc cannot be read", e);
    }
    return Optional.empty();
  }

  private static boolean isMonitor(Path dir, ContainerRef container) {
    List<String> argv = ProcessArguments.of(dir);
    int id = argv.indexOf("-c");
    int bundle = argv.indexOf("-b");
    return id > 0
        && bundle > id
        && argv.getFirst().endsWith("conmon")
        && argv.get(id + 1).equals(container.id())
        && argv.get(bundle + 1).equals(container.bundle().toString());
  }

  /** Waits for a monitor whose container has ended, and kills it when it does not end. */
  static void end(ProcessId conmon, String what) throws IOException {
    Optional<Pidfd> open = Pidfd.open(conmon);
    if (open.isEmpty()) {
      return;
    }
    try (Pidfd pidfd = open.get()) {
      if (!awaitDeath(pidfd, BY_ITSELF, what)) {
        pidfd.signal(Signals.SIGKILL);
        awaitDeath(pidfd, AFTER_KILL, what);
      }
    }
  }

  /**
   * Kills a monitor that may be at anything.
   *
   * @return whether it is dead
   */
  static boolean kill(ProcessId conmon, String what) throws IOException {
    Optional<Pidfd> open = Pidfd.open(conmon);
    if (open.isEmpty()) {
      return true;
    }
    try (Pidfd pidfd = open.get()) {
      pidfd.signal(Signals.SIGKILL);
      return awaitDeath(pidfd, AFTER_KILL, what);
    }
  }

  /**
   * Kills the monitor of a container whose processes are dead and of whose end it tells nothing.
   *
   * @throws RuntimeFailure TIMED_OUT naming it when it does not die
   */
  static void killSilent(ContainerRef container) throws RuntimeFailure {
    String what = "kill the monitor of container " + container.id();
    try {
      Optional<ProcessId> conmon = find(container);
      if (conmon.isPresent() && !kill(conmon.get(), what)) {
        int pid = conmon.get().pid();
        throw new RuntimeFailure(
            RuntimeFailure.Kind.TIMED_OUT,
            what
                + ": the container's processes are dead, but conmon, process "
                + pid
                + ", does not note that and does not die of SIGKILL; State in /proc/"
                + pid
                + "/status tells why: D waits for a device or a file system, such as that of the"
                + " container's log");
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  @SuppressWarnings("try") // the watch only has to end
  private static boolean awaitDeath(Pidfd pidfd, Duration atMost, String what)
      throws LinuxException, RuntimeFailure {
    CompletableFuture<Boolean> dead = new CompletableFuture<>();
    try (Registration watch =
        EventLoop.shared().watch(pidfd.fd(), EventLoop.IN, events -> dead.complete(true))) {
      return Futures.await(dead, atMost, what);
    }
  }
}
