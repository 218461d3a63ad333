package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Signals, kills, removes and measures containers in a sandbox, through its runtime. */
final class GuestControl {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** Figures are not worth more: a sandbox tells them in a fraction of a second, or hangs. */
  private static final Duration USAGE_DEADLINE = Duration.ofSeconds(5);

  private static final Pattern CPU = Pattern.compile("\"cpu\":\\{\"usage\":\\{\"total\":(\\d+)");
  private static final Pattern MEMORY =
      Pattern.compile("\"memory\":\\{\"usage\":\\{[^}]*\"usage\":(\\d+)");
  private static final Pattern PIDS = Pattern.compile("\"pids\":\\{\"current\":(\\d+)");

  private final RuntimeConfig config;
  private final CgroupHost host;
  private final RuntimeCli cli;

  GuestControl(RuntimeConfig config, CgroupHost host, RuntimeCli cli) {
    this.config = config;
    this.host = host;
    this.cli = cli;
  }

  void signal(ContainerRef container, int signal) throws RuntimeFailure {
    String what = "signal container " + container.id();
    kill(what, container, "kill", container.id(), Integer.toString(signal));
  }

  /** Kills all of a container that was started; one that was not has nothing but its monitor. */
  void killAll(ContainerRef container) throws RuntimeFailure {
    String what = "kill container " + container.id();
    if (SandboxMonitor.isAwaited(container)) {
      killMonitor(container, what);
    } else {
      kill(what, container, "kill", "--all", container.id(), "SIGKILL");
    }
  }

  /** A container that has ended, with its sandbox or without, needs no signal. */
  private void kill(String what, ContainerRef container, String... command) throws RuntimeFailure {
    if (!container.running()) {
      return;
    }
    try {
      Spawn.Result result = cli.run(DEADLINE, command);
      if (!result.success() && isRunning(container)) {
        throw new RuntimeFailure(
            result.timedOut() ? Kind.TIMED_OUT : Kind.RUNTIME,
            what + ": " + cli.program() + ": " + Failures.clean(result.stderr()));
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  private boolean isRunning(ContainerRef container) throws IOException {
    Spawn.Result state = cli.run(DEADLINE, "state", container.id());
    return state.timedOut()
        || (state.success() && state.stdoutText().contains("\"status\": \"running\""));
  }

  void delete(ContainerRef container) throws RuntimeFailure {
    String what = "delete container " + container.id();
    try {
      Optional<ProcessId> conmon = Monitors.find(container);
      if (container.init() == null && conmon.isPresent()) {
        // A create that was cut short: with conmon its runtime dies, which may be at anything.
        Monitors.kill(conmon.get(), what);
      }
      if (isKnown(container.id())) {
        cli.must(what, "delete", "--force", container.id());
      }
      killMonitor(container, what);
      if (conmon.isPresent()) {
        Monitors.end(conmon.get(), what);
      }
      removeRemains(container, what);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** Whether the runtime has state of that container. */
  private boolean isKnown(String id) throws IOException {
    if (!Files.isDirectory(config.root())) {
      return false;
    }
    try (var files = Files.newDirectoryStream(config.root(), id + "_sandbox:*.state")) {
      return files.iterator().hasNext();
    }
  }

  private void removeRemains(ContainerRef container, String what) throws IOException {
    Cgroup group = Cgroup.of(host, container.cgroupPath());
    BlockingCalls.run(
        what,
        DEADLINE.multipliedBy(2),
        () -> {
          group.delete(DEADLINE);
          for (String name : SandboxMonitor.FILES) {
            Files.deleteIfExists(container.bundle().resolve(name));
          }
          ContainerDeletion.removeFiles(container);
          return true;
        });
  }

  /** The process that stands for the container, also of a create that nobody could record. */
  private static void killMonitor(ContainerRef container, String what) throws RuntimeFailure {
    try {
      Optional<ProcessId> monitor =
          container.init() != null ? Optional.of(container.init()) : unrecorded(container);
      if (monitor.isPresent()) {
        Optional<Pidfd> open = Pidfd.open(monitor.get());
        if (open.isPresent()) {
          try (Pidfd pidfd = open.get()) {
            pidfd.signal(Signals.SIGKILL);
          }
        }
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  private static Optional<ProcessId> unrecorded(ContainerRef container) throws IOException {
    Path file = container.bundle().resolve(ConmonCommand.INIT_PID_FILE);
    String pid = Files.exists(file) ? Files.readString(file).strip() : "";
    return pid.isEmpty() || !ProcessArguments.of(Path.of("/proc", pid)).contains(container.id())
        ? Optional.empty()
        : ProcessId.find(Integer.parseInt(pid));
  }

  GuestUsage usage(ContainerRef container) throws RuntimeFailure {
    String what = "measure container " + container.id();
    try {
      Spawn.Result result = cli.run(USAGE_DEADLINE, "events", "--stats", container.id());
      if (result.timedOut()) {
        throw new RuntimeFailure(
            Kind.TIMED_OUT,
            what + ": the sandbox of its pod did not answer within " + USAGE_DEADLINE);
      }
      if (!result.success()) {
        throw new RuntimeFailure(
            container.running() ? Kind.RUNTIME : Kind.NOT_RUNNING,
            what + ": " + cli.program() + ": " + Failures.clean(result.stderr()));
      }
      String text = result.stdoutText();
      return new GuestUsage(number(CPU, text), number(MEMORY, text), number(PIDS, text));
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** A figure that is 0 is left out. */
  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
