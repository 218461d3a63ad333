package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.Fd;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.Adoption;
import dev.gantry.linux.process.SpawnedProcess;
import dev.gantry.linux.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts one command in a container whose streams we keep: {@link ContainerRuntime#exec}. */
final class ExecLaunch {
  private static final Duration DEADLINE = Duration.ofMinutes(1);
  private static final Duration DRAIN = Duration.ofSeconds(1);
  private static final int MAX_MESSAGE_BYTES = 64 << 10;
  private static final int PIPE_BYTES = 256 << 10;

  /** Hundreds that come at once are started by turns: more at a time makes none start earlier. */
  private static final Semaphore TURNS =
      new Semaphore(4 * Runtime.getRuntime().availableProcessors(), true);

  private final ExecStart start;
  private final ExecStreamsRequest request;
  private final Path sockets;
  private final String what;

  ExecLaunch(ExecStart start, ExecStreamsRequest request, Path sockets) {
    this.start = start;
    this.request = request;
    this.sockets = sockets;
    this.what = start.what();
  }

  RunningExec run() throws RuntimeFailure {
    boolean started = false;
    try {
      if (!TURNS.tryAcquire(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new RuntimeFailure(
            Kind.TIMED_OUT, what + ": too many others are being started at the same time");
      }
      try {
        RunningExec running = request.process().terminal() ? withTerminal() : withPipes();
        started = true;
        return running;
      } finally {
        TURNS.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFailure(Kind.INTERRUPTED, what + ": interrupted", e);
    } catch (IOException e) {
      throw start.failure(e);
    } finally {
      if (!started) {
        start.close();
      }
    }
  }

  private RunningExec withTerminal() throws IOException {
    try (ConsoleSocket console = ConsoleSocket.in(sockets);
        Pipe errors = Pipe.open()) {
      SpawnedProcess command =
          launch(new ExecStart.Stdio(null, null, errors.write(), console.path()), errors, null);
      try {
        Fd terminal = console.receive();
        Terminal.of(terminal).newlines();
        return new RunningExec(start, command, new ExecStreams(null, null, null, terminal));
      } catch (IOException e) {
        Futures.uninterrupted(() -> start.abandon(null));
        throw e;
      }
    }
  }

  private RunningExec withPipes() throws IOException {
    try (Ends in = Ends.open(request.stdin(), false);
        Ends out = Ends.open(request.stdout(), true);
        Pipe err = Pipe.open().roomFor(PIPE_BYTES)) {
      err.read().nonBlocking();
      SpawnedProcess command =
          launch(new ExecStart.Stdio(in.read(), out.write(), err.write(), null), err, in);
      Fd ours = keep(err.read());
      if (!request.stderr()) {
        RunningExec.drop(ours);
      }
      return new RunningExec(
          start,
          command,
          new ExecStreams(
              keepIfAny(in.write()), keepIfAny(out.read()), request.stderr() ? ours : null, null));
    }
  }

  private SpawnedProcess launch(ExecStart.Stdio stdio, Pipe errors, @Nullable Ends in)
      throws IOException {
    boolean orderly = false;
    SpawnedProcess runtime = null;
    try (Adoption adoption = Adoption.expect()) {
      runtime = start.spawn(stdio);
      stdio.stderr().close();
      if (stdio.stdout() != null) {
        stdio.stdout().close();
      }
      if (in != null && stdio.stdin() != null) {
        stdio.stdin().close();
      }
      if (!Futures.await(runtime.exit(), DEADLINE, what)) {
        throw new RuntimeFailure(
            Kind.TIMED_OUT, what + ": not started within " + DEADLINE.toSeconds() + " s");
      }
      if (!Futures.value(runtime.exit(), what).success()) {
        throw start.refused(text(errors));
      }
      SpawnedProcess command = start.adopt(adoption);
      orderly = true;
      return command;
    } finally {
      if (!orderly) {
        SpawnedProcess begun = runtime;
        Futures.uninterrupted(() -> start.abandon(begun));
      }
    }
  }

  private String text(Pipe errors) throws IOException {
    try (PipeReader reader = PipeReader.read(errors.read().duplicate(), MAX_MESSAGE_BYTES)) {
      Futures.await(reader.bytes(), DRAIN, what);
      return reader.letGo().text();
    }
  }

  /** Takes a descriptor out of what is closed in the end. */
  private static Fd keep(Fd end) {
    return Fd.of(end.release());
  }

  private static @Nullable Fd keepIfAny(@Nullable Fd end) {
    return end == null ? null : keep(end);
  }

  /** A pipe that may not be wanted. */
  private static final class Ends implements AutoCloseable {
    private final @Nullable Pipe pipe;

    private Ends(@Nullable Pipe pipe) {
      this.pipe = pipe;
    }

    /** The end that is ours to be is non-blocking: what the command has is not. */
    static Ends open(boolean wanted, boolean weRead) throws IOException {
      if (!wanted) {
        return new Ends(null);
      }
      Pipe pipe = Pipe.open().roomFor(PIPE_BYTES);
      (weRead ? pipe.read() : pipe.write()).nonBlocking();
      return new Ends(pipe);
    }

    @Nullable Fd read() {
      return pipe == null ? null : pipe.read();
    }

    @Nullable Fd write() {
      return pipe == null ? null : pipe.write();
    }

    @Override
    public void close() {
      if (pipe != null) {
        pipe.close();
      }
    }
  }
}
