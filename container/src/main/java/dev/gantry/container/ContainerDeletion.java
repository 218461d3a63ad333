package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes containers.
 *
 * <p>What {@code crun delete --force} and {@code runc delete --force} do is done here without them
 * when they are known and no hook is to be run: the cgroup's processes are killed, the cgroup and
 * the runtime's state directory removed. That saves 4 to 14 ms each, and does not depend on how
 * much of the container there is.
 */
final class ContainerDeletion {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerDeletion.class);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);

  /** All that create leaves in the bundle and persist directories. */
  private static final List<String> FILES =
      List.of(
          "config.json",
          ConmonCommand.CONMON_PID_FILE,
          ConmonCommand.INIT_PID_FILE,
          "attach",
          "ctl",
          "winsz",
          "exit",
          "oom");

  private final RuntimeConfig config;
  private final RuntimeInfo info;
  private final CgroupHost host;
  private final RuntimeCli cli;

  ContainerDeletion(RuntimeConfig config, RuntimeInfo info, CgroupHost host, RuntimeCli cli) {
    this.config = config;
    this.info = info;
    this.host = host;
    this.cli = cli;
  }

  void run(ContainerRef container) throws RuntimeFailure {
    String what = "delete container " + container.id();
    try {
      Optional<ProcessId> conmon = Monitors.find(container);
      if (container.init() == null && conmon.isPresent()) {
        // A create that was cut short: with conmon its runtime dies, which may be at anything.
        Monitors.kill(conmon.get(), what);
      }
      Path state = config.stateOf(container.id());
      if (Files.exists(state) && needsRuntime(container)) {
        if (Files.isExecutable(config.binary())) {
          cli.must(what, "delete", "--force", container.id());
        } else {
          LOG.warn("{}: without {}, which is gone, and without its hooks", what, config.binary());
        }
      }
      Cgroup group = Cgroup.of(host, container.cgroupPath());
      kill(group, what);
      if (conmon.isPresent()) {
        Monitors.end(conmon.get(), what);
      }
      BlockingCalls.run(
          what,
          KILL_DEADLINE.multipliedBy(3),
          () -> {
            group.delete(KILL_DEADLINE);
            DeleteTree.delete(state);
            removeFiles(container);
            return true;
          });
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** Kills all that is in the container's cgroup. */
  void kill(ContainerRef container) throws RuntimeFailure {
    String what = "kill container " + container.id();
    try {
      kill(Cgroup.of(host, container.cgroupPath()), what);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  private static void kill(Cgroup group, String what) throws IOException {
    try {
      BlockingCalls.run(
          what,
          KILL_DEADLINE.multipliedBy(2),
          () -> {
            group.kill(KILL_DEADLINE);
            return true;
          });
    } catch (LinuxException e) {
      if (e.errno() != Errno.ETIMEDOUT) {
        throw e;
      }
      throw new RuntimeFailure(
          RuntimeFailure.Kind.TIMED_OUT,
          what
              + ": it does not die of SIGKILL within "
              + KILL_DEADLINE.toSeconds()
              + " s, processes "
              + group.pids()
              + " are left; State in /proc/<pid>/status tells why: D waits for a device or a file system, or"
              + " for a frozen cgroup to be thawed",
          e);
    }
  }

  private boolean needsRuntime(ContainerRef container) {
    return info.flavor() == RuntimeFlavor.OTHER
        || config.systemdCgroup()
        || RuntimeCli.mayHaveHooks(container.bundle());
  }

  static void removeFiles(ContainerRef container) throws IOException {
    for (String name : FILES) {
      Files.deleteIfExists(container.bundle().resolve(name));
      Files.deleteIfExists(container.persistDir().resolve(name));
    }
    Files.deleteIfExists(container.exitDir().resolve(container.id()));
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(container.bundle(), ExecStart.FILE_PREFIX + "*")) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException noBundle) {
      return;
    }
  }
}
