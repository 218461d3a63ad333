package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.Backoff;
import dev.gantry.linux.Fd;
import dev.gantry.linux.process.Adoption;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start of one command in a container, without conmon.
 *
 * <p>The runtime only starts it ({@code exec --detach}) and ends; the command becomes our child, as
 * we are its subreaper. So the runtime's exit code says whether there is a command, the command's
 * own is exact, and what it leaves behind keeps nobody waiting, whichever PID namespace it is in.
 *
 * <p>A file in the bundle holds the process with its {@link ExecMark} from before it is started
 * until {@link #close}: when we are killed in between, {@link ExecRemains} finds by it what is left
 * to kill.
 */
final class ExecStart implements AutoCloseable {
  /** Files of an exec that lie in the bundle while it runs. */
  static final String FILE_PREFIX = "exec-";

  static final String SPEC_SUFFIX = ".json";
  static final String PID_SUFFIX = ".pid";

  private static final Logger LOG = LoggerFactory.getLogger(ExecStart.class);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
  private static final String NOT_RUNNING = ": the container is not running";
  private static final Duration MOMENT = Duration.ofMillis(200);

  /** Begins the names of this process's own; in a container every daemon may be process 1. */
  static final String OWN_PREFIX =
      FILE_PREFIX
          + Long.toString(ProcessHandle.current().pid(), 36)
          + "-"
          + Long.toString(System.currentTimeMillis(), 36)
          + "-";

  private static final AtomicLong COUNTER = new AtomicLong();

  private final RuntimeCli cli;
  private final ContainerRef container;
  private final Process process;
  private final ExecReach reach;
  private final String what;
  private final String name;
  private final Path spec;
  private final Path pidFile;

  /**
   * What the command gets; the descriptors stay the caller's.
   *
   * @param stdin its input, or null for /dev/null
   * @param stdout its output, or null for /dev/null
   * @param stderr its error output and, until it runs, the runtime's own
   * @param console where the runtime sends the command's terminal, or null when it has none
   */
  record Stdio(@Nullable Fd stdin, @Nullable Fd stdout, Fd stderr, @Nullable Path console) {}

  ExecStart(RuntimeCli cli, ContainerRef container, Process process, ExecReach reach) {
    this.cli = cli;
    this.container = container;
    this.process = process;
    this.reach = reach;
    this.what = "exec in container " + container.id();
    this.name = OWN_PREFIX + COUNTER.incrementAndGet();
    this.spec = container.bundle().resolve(name + SPEC_SUFFIX);
    this.pidFile = container.bundle().resolve(name + PID_SUFFIX);
  }

  /** For messages: what is being done. */
  String what() {
    return what;
  }

  /** Notes what is to be started, and starts the runtime. */
  SpawnedProcess spawn(Stdio stdio) throws IOException {
    if (!container.running()) {
      throw notRunning();
    }
    ProcessId init = container.init();
    if (init != null) {
      StreamOwner.give(
          init.pid(), process.user(), Arrays.asList(stdio.stdin(), stdio.stdout(), stdio.stderr()));
    }
    PrivateFiles.write(spec, OciJson.toJson(reach.prepared()));
    List<String> command =
        new ArrayList<>(List.of("exec", "--detach", "--pid-file", pidFile.toString()));
    if (stdio.console() != null) {
      command.addAll(List.of("--console-socket", stdio.console().toString()));
    }
    command.addAll(reach.options(container.bundle().resolve(name).toString()));
    command.addAll(List.of("--process", spec.toString(), container.id()));
    Spawn spawn = cli.spawn(command).stderr(stdio.stderr());
    if (stdio.stdin() != null) {
      spawn.stdin(stdio.stdin());
    }
    if (stdio.stdout() != null) {
      spawn.stdout(stdio.stdout());
    }
    SpawnedProcess runtime = spawn.start();
    try {
      // crun's commands inherit the daemon's own from it.
      Optional<String> score = oomScore();
      if (score.isPresent()) {
        OomScore.set(runtime.pid(), score.get());
      }
    } catch (IOException e) {
      abandon(runtime);
      throw e;
    }
    return runtime;
  }

  /** What the container's processes have now. */
  private Optional<String> oomScore() {
    ProcessId init = container.init();
    return init == null ? Optional.empty() : OomScore.of(init.pid());
  }

  /** The command, after the runtime ended with 0. */
  SpawnedProcess adopt(Adoption adoption) throws IOException {
    int pid = Integer.parseInt(Files.readString(pidFile).strip());
    Optional<String> score = oomScore();
    // runc sets that of the container's creation, and the command may have started others since.
    if (score.isPresent() && OomScore.set(pid, score.get())) {
      setOomScore(score.get());
    }
    return adoption.adopt(pid);
  }

  /** Until there is nobody left that could have started another one without it. */
  private void setOomScore(String score) throws IOException {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int pid : reach.processes()) {
        changed |= OomScore.set(pid, score);
      }
    }
  }

  /** The runtime first: what it has begun but not let go then ends by itself. */
  void kill(@Nullable SpawnedProcess runtime) throws IOException {
    if (runtime != null) {
      runtime.kill(Signals.SIGKILL);
    }
    reach.killAll(pidFile, KILL_DEADLINE, what);
  }

  /** As {@link #kill}, on the way out of a failure. */
  void abandon(@Nullable SpawnedProcess runtime) {
    try {
      kill(runtime);
    } catch (IOException e) {
      LOG.warn("{}: clean-up after a failure", what, e);
    }
  }

  /**
   * Why the runtime did not start the command.
   *
   * @param text what it wrote
   */
  RuntimeFailure refused(String text) throws IOException {
    if (container.ending()) {
      return notRunning();
    }
    RuntimeFailure failure = Failures.command(what, cli.program(), text, reach.lookup(), process);
    return failure.kind() == Kind.RUNTIME && endsInAMoment() ? notRunning() : failure;
  }

  /** Whoever kills all of a container may have come to the new command first. */
  private boolean endsInAMoment() {
    Backoff backoff = Backoff.within(MOMENT);
    while (!container.ending()) {
      if (!backoff.pause()) {
        return false;
      }
    }
    return true;
  }

  /** What failed on the way: what lies in the bundle goes with a container that ends meanwhile. */
  RuntimeFailure failure(IOException cause) {
    return cause instanceof RuntimeFailure || !container.ending()
        ? RuntimeFailure.system(what, cause)
        : new RuntimeFailure(Kind.NOT_RUNNING, what + NOT_RUNNING, cause);
  }

  private RuntimeFailure notRunning() {
    return new RuntimeFailure(Kind.NOT_RUNNING, what + NOT_RUNNING);
  }

  /** Nothing of the command is left to be killed by us: forgets it. */
  @Override
  public void close() throws RuntimeFailure {
    for (String suffix : List.of(SPEC_SUFFIX, PID_SUFFIX, GuestExec.SUFFIX)) {
      remove(container.bundle().resolve(name + suffix));
    }
  }

  private static void remove(Path file) throws RuntimeFailure {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw RuntimeFailure.system("remove " + file, e);
    }
  }
}
