package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Creates one container: config.json, conmon, and what conmon answers. */
final class ContainerCreation {
  private static final int MAX_ANSWER_BYTES = 64 << 10;
  private static final int MAX_STDERR_BYTES = 8 << 10;
  private static final Duration LOG_DEADLINE = Duration.ofSeconds(30);
  private static final Duration AFTER_ANSWER = Duration.ofSeconds(10);

  private final RuntimeConfig config;
  private final RuntimeInfo info;
  private final MonitorSpawner spawner;
  private final List<String> runtime;
  private final Removal removal;
  private final String what;
  private final CreateRequest request;

  /** Takes back what was made of a container. */
  interface Removal {
    void run(ContainerRef container) throws RuntimeFailure;
  }

  /**
   * A creation.
   *
   * @param runtime what conmon runs
   */
  ContainerCreation(
      RuntimeConfig config,
      RuntimeInfo info,
      MonitorSpawner spawner,
      List<String> runtime,
      Removal removal,
      CreateRequest request) {
    this.config = config;
    this.info = info;
    this.spawner = spawner;
    this.runtime = List.copyOf(runtime);
    this.removal = removal;
    this.request = request;
    // Without its id: nobody ever sees that of one which could not be created, and whoever tries
    // again and again, as the kubelet does, says each time the same.
    this.what = "create container";
  }

  Created run() throws RuntimeFailure {
    Annotations.check(request.spec());
    LogTarget target = request.log();
    List<Path> newPaths = List.of();
    try {
      Path log = null;
      if (target != null) {
        newPaths = inKernel(() -> missing(target.path()));
        log = inKernel(target::prepare);
      }
      writeConfig();
      return launch(log);
    } catch (IOException e) {
      RuntimeFailure failure = RuntimeFailure.system(what, e);
      List<Path> made = newPaths;
      Futures.uninterrupted(() -> undo(failure, made));
      throw failure;
    }
  }

  /** The log is the caller's path, which may lead to a file system that hangs. */
  private <T> T inKernel(Callable<T> step) throws IOException {
    return BlockingCalls.run(what, LOG_DEADLINE, step);
  }

  /** The log, and the directory it is in, as far as they are still to be made. */
  private static List<Path> missing(Path log) {
    List<Path> missing = new ArrayList<>();
    Path parent = log.getParent();
    if (!Files.exists(log)) {
      missing.add(log);
    }
    if (parent != null && !Files.exists(parent)) {
      missing.add(parent);
    }
    return missing;
  }

  private void undo(RuntimeFailure failure, List<Path> newPaths) {
    try {
      removal.run(request.planned());
      for (Path path : newPaths) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void writeConfig() throws IOException {
    RuntimeSpec spec = request.spec();
    if (info.features().compiledSeccomp()) {
      spec = SeccompAnnotation.apply(spec);
    }
    if (config.systemdCgroup()) {
      spec = ScopeProperties.apply(spec, info.flavor());
    }
    spec = JoinedUserNamespace.apply(spec, info.flavor());
    PrivateFiles.makeDirectories(config.root());
    PrivateFiles.write(request.bundle().resolve("config.json"), OciJson.toJson(spec));
  }

  private Created launch(@Nullable Path log) throws IOException {
    try (Pipe sync = Pipe.open();
        Pipe start = Pipe.open();
        Pipe stderr = Pipe.open()) {
      SpawnedProcess parent = spawner.spawn(command(log, sync, start, stderr));
      sync.write().close();
      start.read().close();
      stderr.write().close();
      try (PipeReader answer = PipeReader.readLine(sync.read(), MAX_ANSWER_BYTES);
          PipeReader errors = PipeReader.read(stderr.read(), MAX_STDERR_BYTES)) {
        if (spawner.needsStartPipe()) {
          spawner.move(parent.pid());
          start.write().write(ByteBuffer.allocateDirect(1));
        }
        awaitAnswer(parent, answer);
        return created(parent, answer.bytes().join().text(), errors);
      }
    }
  }

  private Spawn command(@Nullable Path log, Pipe sync, Pipe start, Pipe stderr) {
    boolean startPipe = spawner.needsStartPipe();
    ConmonCommand conmon =
        ConmonCommand.of(config, info.flavor(), runtime, request, log, startPipe);
    Spawn spawn =
        Spawn.of(conmon.argv())
            .env(conmon.env())
            .cwd(conmon.cwd())
            .stderr(stderr.write())
            .passFd(sync.write(), ConmonCommand.SYNC_FD);
    return startPipe ? spawn.passFd(start.read(), ConmonCommand.START_FD) : spawn;
  }

  private void awaitAnswer(SpawnedProcess parent, PipeReader answer) throws IOException {
    boolean answered = false;
    try {
      answered = Futures.await(answer.bytes(), config.createDeadline(), what);
    } finally {
      if (!answered) {
        parent.kill(Signals.SIGKILL);
      }
    }
    if (!answered) {
      throw new RuntimeFailure(
          Kind.TIMED_OUT,
          what
              + ": neither conmon nor "
              + info.name()
              + " answered within "
              + config.createDeadline().toSeconds()
              + " s");
    }
  }

  private Created created(SpawnedProcess parent, String answer, PipeReader errors)
      throws IOException {
    Optional<SyncMessage> message = SyncMessage.parse(answer);
    if (message.isEmpty()) {
      Futures.await(errors.bytes(), AFTER_ANSWER, what);
      errors.close();
      throw new RuntimeFailure(
          Kind.RUNTIME, what + ": conmon: " + Failures.clean(errors.bytes().join().text()));
    }
    if (message.get().pid() <= 0) {
      throw refused(message.get().message());
    }
    // Its parent writes the pid file before it ends.
    Futures.await(parent.exit(), AFTER_ANSWER, what);
    ProcessId init = alive(message.get().pid(), "the container's first process");
    StreamOwner.give(init.pid(), Objects.requireNonNull(request.spec().process()).user());
    String pid = Files.readString(request.bundle().resolve(ConmonCommand.CONMON_PID_FILE));
    return new Created(alive(Integer.parseInt(pid.strip()), "conmon"), init);
  }

  private ProcessId alive(int pid, String who) throws RuntimeFailure {
    return ProcessId.find(pid)
        .filter(ProcessId::alive)
        .orElseThrow(() ->
            new RuntimeFailure(Kind.RUNTIME, what + ": " + who + " ended before it was started"));
  }

  private RuntimeFailure refused(String text) {
    RuntimeSpec spec = request.spec();
    CommandLookup lookup = CommandLookup.ofBundle(request.bundle(), spec);
    return Failures.command(
        what, info.name(), text, lookup, Objects.requireNonNull(spec.process()));
  }
}
