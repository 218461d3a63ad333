package dev.gantry.container;

import dev.gantry.oci.runtime.LinuxResources;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One handler's low-level runtime: every call blocks until it is done, or has failed and left
 * nothing behind.
 *
 * <p>Calls about different containers may run at once; calls about one container are the caller's
 * to put in order, except that {@link #execSync}, {@link #exec} and {@link #attach} may run beside
 * anything.
 */
public interface ContainerRuntime extends AutoCloseable {
  /** The CRI's name for this handler. */
  String handler();

  /** What is known of the runtime. */
  RuntimeInfo info();

  /**
   * Makes a container up to the point where {@link #start} runs its command.
   *
   * @throws RuntimeFailure with nothing left of it
   */
  Created create(CreateRequest request) throws RuntimeFailure;

  /**
   * Runs the container's command. That it cannot be executed after all shows in its exit code only.
   *
   * @throws RuntimeFailure NOT_RUNNING when the container died before
   */
  void start(ContainerRef container) throws RuntimeFailure;

  /** Whether the container's first process still waits for {@link #start}. */
  boolean waitsForStart(ContainerRef container);

  /**
   * Whether a container that is created has all its mounts in a mount namespace of its own, so that
   * those of the node that it was made from may go. Not where a hook may look for them.
   */
  default boolean ownsMounts(ContainerRef container) {
    return false;
  }

  /** Sends a signal to the container's first process; one that has ended is left alone. */
  void signal(ContainerRef container, int signal) throws RuntimeFailure;

  /**
   * Changes the limits of a container that is created or runs.
   *
   * @param resources those to be in force; what is null in it stays
   * @param oomScoreAdj for each of its processes, -1000 to 1000, null to leave it
   * @throws RuntimeFailure RUNTIME with what the kernel refused; earlier limits may have changed
   */
  void update(ContainerRef container, LinuxResources resources, @Nullable Integer oomScoreAdj)
      throws RuntimeFailure;

  /**
   * Kills every process in the container's cgroup and returns when none is left.
   *
   * @throws RuntimeFailure SYSTEM naming those that cannot be killed
   */
  void killAll(ContainerRef container) throws RuntimeFailure;

  /**
   * Kills the monitor of a container whose processes are dead and of whose end it tells nothing, as
   * it hangs: then the end is told without it. One that is not there is fine.
   *
   * @throws RuntimeFailure TIMED_OUT naming the monitor when it does not die
   */
  default void killMonitor(ContainerRef container) throws RuntimeFailure {
    Monitors.killSilent(container);
  }

  /**
   * Removes the container, killing what still runs: processes, cgroup, conmon, the runtime's state,
   * and what create put into the bundle and exit directories. The bundle directory itself and its
   * root file system are the caller's. A container that is not there, or only in part, is fine.
   */
  void delete(ContainerRef container) throws RuntimeFailure;

  /**
   * Runs a command in the container and waits for it, not for processes that it leaves behind:
   * their output is waited for during one second, and they live on.
   *
   * @throws RuntimeFailure NOT_RUNNING, COMMAND_NOT_FOUND, … when the command was not run
   */
  ExecOutcome execSync(ContainerRef container, ExecRequest request) throws RuntimeFailure;

  /**
   * Starts a command in the container and answers when it runs, or has run already.
   *
   * @throws RuntimeFailure NOT_RUNNING, COMMAND_NOT_FOUND, … when the command was not run
   */
  RunningExec exec(ContainerRef container, ExecStreamsRequest request) throws RuntimeFailure;

  /** Kills the commands that an earlier daemon was running in the container when it was killed. */
  void endOldExecs(ContainerRef container) throws RuntimeFailure;

  /**
   * Attaches to the container's first process.
   *
   * @throws RuntimeFailure NOT_RUNNING, or MONITOR_LOST when nobody passes its output on
   */
  Attachment attach(ContainerRef container) throws RuntimeFailure;

  /**
   * Lets conmon go on in a new log file after somebody renamed the old one; returns when the new
   * one exists.
   *
   * @param awaited called when conmon was told, and again and again until it has done it; not when
   *     it writes the log already
   * @throws RuntimeFailure NOT_RUNNING or MONITOR_LOST when nobody writes it, LOG_PATH when the
   *     directory is missing or a link is in the way
   */
  void reopenLog(ContainerRef container, Runnable awaited) throws RuntimeFailure;

  /**
   * Who writes the container's log, where there is one and its writer is known.
   *
   * @param stdinOnce whether its standard input ends with the first client that leaves
   */
  default Optional<LogWriter> logWriter(ContainerRef container, boolean stdinOnce) {
    return LogWriter.of(container, stdinOnce);
  }

  /**
   * The cgroup in which a container's processes and limits are, and which counts what it uses: its
   * own, or the one that the runtime makes below that.
   *
   * @param cgroupPath the container's own, by which it is found and killed
   */
  default String innerCgroup(String cgroupPath) {
    return cgroupPath;
  }

  /**
   * What the container uses, where its cgroup cannot tell because its processes run in the sandbox
   * of its pod; empty for a container whose cgroup tells.
   *
   * @throws RuntimeFailure TIMED_OUT when the sandbox does not answer
   */
  default Optional<GuestUsage> usage(ContainerRef container) throws RuntimeFailure {
    return Optional.empty();
  }

  /** Makes the sandboxes of pods, where the handler has such; see {@link RuntimeInfo.Features}. */
  default Optional<PodSandboxes> podSandboxes() {
    return Optional.empty();
  }

  /** Ends what serves this object in this JVM; containers live on. */
  @Override
  void close();
}
