package dev.gantry.streaming;

import dev.gantry.linux.Fd;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.net.LoopbackSocket;
import dev.gantry.linux.process.ExitStatus;
import dev.gantry.linux.process.Signals;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs the commands and reaches the ports of this machine, and counts what is open. */
final class LocalBackend implements StreamBackend {
  private static final long PATIENCE_MILLIS = 10_000;

  final AtomicInteger open = new AtomicInteger();

  @Override
  public Running start(StreamRequest.RemoteCommand request) throws IOException {
    var exec = (StreamRequest.Exec) request;
    try (Pipe in = Pipe.open();
        Pipe out = Pipe.open();
        Pipe err = Pipe.open()) {
      SpawnedProcess command =
          Spawn.of(exec.command())
              .inheritEnv()
              .stdin(in.read())
              .stdout(out.write())
              .stderr(err.write())
              .start();
      open.incrementAndGet();
      return new RunningCommand(
          command,
          new Ends.Pipes(
              exec.stdin() ? ours(in.write()) : null,
              exec.stdout() ? ours(out.read()) : null,
              exec.stderr() ? ours(err.read()) : null));
    }
  }

  private static Fd ours(Fd end) throws IOException {
    return Fd.of(end.nonBlocking().release());
  }

  @Override
  public Fd connect(String pod, int port) throws IOException {
    return LoopbackSocket.connect(false, port, PATIENCE_MILLIS);
  }

  private final class RunningCommand implements Running {
    private final SpawnedProcess command;
    private final Ends ends;

    RunningCommand(SpawnedProcess command, Ends ends) {
      this.command = command;
      this.ends = ends;
    }

    @Override
    public Ends ends() {
      return ends;
    }

    @Override
    public @Nullable CompletableFuture<Integer> exit() {
      return command.exit().thenApply(ExitStatus::code);
    }

    @Override
    public void resize(int rows, int columns) {
      // A pipe has no size.
    }

    @Override
    public void endInput(Fd socket) {
      // There is no socket.
    }

    @Override
    public void leave(Fd output) {
      output.close();
    }

    @Override
    public void abandon() throws IOException {
      command.kill(Signals.SIGKILL);
      close();
    }

    @Override
    public void close() throws IOException {
      open.decrementAndGet();
    }
  }
}
