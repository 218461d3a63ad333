package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.Adoption;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one command in a container, without conmon.
 *
 * <p>The runtime only starts it ({@code exec --detach}) and ends; the command becomes our child, as
 * we are its subreaper. So the runtime's exit code says whether there is a command, the command's
 * own is exact, and what it leaves behind keeps nobody waiting, whichever PID namespace it is in.
 */
final class ContainerExec {
  /** Files of an exec that lie in the bundle while it is started. */
  static final String FILE_PREFIX = "exec-";

  private static final Logger LOG = LoggerFactory.getLogger(ContainerExec.class);
  private static final Duration DRAIN = Duration.ofSeconds(1);
  private static final Duration KILL_DEADLINE = Duration.ofSeconds(10);
  private static final Duration FOR_EVER = Duration.ofDays(36500);
  private static final AtomicLong COUNTER = new AtomicLong();

  private final RuntimeCli cli;
  private final Cgroup group;
  private final ContainerRef container;
  private final ExecRequest request;
  private final String what;
  private final long until;
  private final ExecMark mark;

  ContainerExec(RuntimeCli cli, Cgroup group, ContainerRef container, ExecRequest request) {
    this.cli = cli;
    this.group = group;
    this.container = container;
    this.request = request;
    this.mark = new ExecMark(request.process());
    this.what = "exec in container " + container.id();
    Duration timeout = request.timeout();
    this.until = System.nanoTime() + (timeout.isZero() ? FOR_EVER : timeout).toNanos();
  }

  ExecOutcome run() throws RuntimeFailure {
    if (!container.running()) {
      throw notRunning();
    }
    String name = FILE_PREFIX + COUNTER.incrementAndGet();
    Path spec = container.bundle().resolve(name + ".json");
    Path pidFile = container.bundle().resolve(name + ".pid");
    try (Adoption adoption = Adoption.expect();
        Outputs outputs = Outputs.open(request.maxOutputBytes())) {
      PrivateFiles.write(spec, OciJson.toJson(mark.marked()));
      SpawnedProcess runtime = spawn(spec, pidFile, outputs);
      outputs.closeWriteEnds();
      return follow(runtime, pidFile, adoption, outputs);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    } finally {
      remove(spec);
      remove(pidFile);
    }
  }

  private SpawnedProcess spawn(Path spec, Path pidFile, Outputs outputs) throws IOException {
    List<String> command =
        List.of(
            "exec",
            "--detach",
            "--pid-file",
            pidFile.toString(),
            "--process",
            spec.toString(),
            container.id());
    return Spawn.of(cli.argv(command))
        .env("PATH", ConmonCommand.SEARCH_PATH)
        .stdout(outputs.stdoutEnd())
        .stderr(outputs.stderrEnd())
        .start();
  }

  private ExecOutcome follow(
      SpawnedProcess runtime, Path pidFile, Adoption adoption, Outputs outputs) throws IOException {
    boolean orderly = false;
    try {
      if (!Futures.await(runtime.exit(), left(), what)) {
        orderly = true;
        return timedOut(runtime, outputs);
      }
      if (!Futures.value(runtime.exit(), what).success()) {
        throw refused(outputs);
      }
      int pid = Integer.parseInt(Files.readString(pidFile).strip());
      SpawnedProcess command = adoption.adopt(pid);
      if (!Futures.await(command.exit(), left(), what)) {
        orderly = true;
        return timedOut(runtime, outputs);
      }
      int code = Futures.value(command.exit(), what).code();
      Futures.await(outputs.end(), DRAIN, what);
      orderly = true;
      return outcome(code, false, outputs);
    } finally {
      if (!orderly) {
        Futures.uninterrupted(() -> abandon(runtime));
      }
    }
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
  }

  private ExecOutcome timedOut(SpawnedProcess runtime, Outputs outputs) throws IOException {
    kill(runtime);
    Futures.await(outputs.end(), DRAIN, what);
    return outcome(ExitRecord.KILLED_CODE, true, outputs);
  }

  /** The runtime first: what it has begun but not let go then ends by itself. */
  private void kill(SpawnedProcess runtime) throws IOException {
    runtime.kill(Signals.SIGKILL);
    mark.killAll(group, KILL_DEADLINE, what);
  }

  private void abandon(SpawnedProcess runtime) {
    try {
      kill(runtime);
    } catch (IOException e) {
      LOG.warn("{}: clean-up after a failure", what, e);
    }
  }

  private static ExecOutcome outcome(int code, boolean timedOut, Outputs outputs) {
    // Whoever still holds a pipe may go on writing: closing it would kill him.
    PipeReader.Bytes out = outputs.stdout().letGo();
    PipeReader.Bytes err = outputs.stderr().letGo();
    return new ExecOutcome(
        code,
        timedOut,
        new ExecOutcome.Output(out.data(), out.truncated()),
        new ExecOutcome.Output(err.data(), err.truncated()));
  }

  private RuntimeFailure refused(Outputs outputs) throws IOException {
    Futures.await(outputs.end(), DRAIN, what);
    String text = outputs.stderr().letGo().text();
    if (!container.running()) {
      return notRunning();
    }
    RuntimeSpec spec = spec();
    Path root = spec.root() == null ? Path.of("rootfs") : Path.of(spec.root().path());
    CommandLookup lookup = new CommandLookup(container.bundle().resolve(root), spec.mounts());
    return Failures.command(what, cli.program(), text, lookup, request.process());
  }

  private RuntimeSpec spec() throws IOException {
    byte[] json = Files.readAllBytes(container.bundle().resolve("config.json"));
    try {
      return OciJson.parse(json, RuntimeSpec.class);
    } catch (OciFormatException e) {
      throw new IOException("config.json: " + e.getMessage(), e);
    }
  }

  private RuntimeFailure notRunning() {
    return new RuntimeFailure(Kind.NOT_RUNNING, what + ": the container is not running");
  }

  private static void remove(Path file) throws RuntimeFailure {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw RuntimeFailure.system("remove " + file, e);
    }
  }
}
