package dev.gantry.container;

import dev.gantry.linux.process.ProcessId;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What names a container to its runtime: all of it can be put into a record before the container is
 * made, but for the two processes.
 *
 * @param id its id
 * @param bundle the directory of config.json
 * @param persistDir where conmon notes how it ended
 * @param exitDir where conmon puts the exit file
 * @param logPath its log, or null when its output is dropped
 * @param cgroupPath its cgroup, a path below the hierarchies' roots
 * @param conmon its monitor, or null when that is not known (yet)
 * @param init its first process in our PID namespace, or null when that is not known (yet)
 * @param terminal whether it has a terminal
 */
public record ContainerRef(
    String id,
    Path bundle,
    Path persistDir,
    Path exitDir,
    @Nullable Path logPath,
    String cgroupPath,
    @Nullable ProcessId conmon,
    @Nullable ProcessId init,
    boolean terminal) {

  /** The same with its processes. */
  public ContainerRef with(ProcessId conmonProcess, ProcessId initProcess) {
    return new ContainerRef(
        id, bundle, persistDir, exitDir, logPath, cgroupPath, conmonProcess, initProcess, terminal);
  }

  /** Whether its first process is alive. */
  public boolean running() {
    return init != null && init.alive();
  }

  /** Whether its first process has ended or is about to, see {@link ProcessId#ending}. */
  boolean ending() {
    return init == null || init.ending();
  }
}
