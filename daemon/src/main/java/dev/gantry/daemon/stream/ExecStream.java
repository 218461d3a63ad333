package dev.gantry.daemon.stream;

import dev.gantry.container.ExecStreams;
import dev.gantry.container.RunningExec;
import dev.gantry.linux.Fd;
import dev.gantry.linux.process.ExitStatus;
import dev.gantry.linux.terminal.Terminal;
import dev.gantry.streaming.StreamBackend.Ends;
import dev.gantry.streaming.StreamBackend.Running;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A command that a client's stream is connected to; it dies when the client goes first. */
final class ExecStream implements Running {
  private final RunningExec exec;
  private final CompletableFuture<Integer> exit;

  ExecStream(RunningExec exec) {
    this.exec = exec;
    this.exit = exec.exit().thenApply(ExitStatus::code);
  }

  @Override
  public Ends ends() {
    ExecStreams streams = exec.streams();
    Fd terminal = streams.terminal();
    return terminal == null
        ? new Ends.Pipes(streams.stdin(), streams.stdout(), streams.stderr())
        : new Ends.Terminal(terminal);
  }

  @Override
  public CompletableFuture<Integer> exit() {
    return exit;
  }

  @Override
  public void resize(int rows, int columns) throws IOException {
    Fd terminal = exec.streams().terminal();
    if (terminal != null && terminal.isOpen()) {
      Terminal.of(terminal).resize(new Terminal.Size(rows, columns));
    }
  }

  @Override
  public void endInput(Fd socket) {
    throw new UnsupportedOperationException("the input of a command is a pipe or a terminal");
  }

  @Override
  public void leave(Fd output) throws IOException {
    if (exec.streams().terminal() == null) {
      RunningExec.drop(output);
    } else {
      // As when a person closes the window: who is left on the terminal gets SIGHUP.
      output.close();
    }
  }

  @Override
  public void abandon() throws IOException {
    exec.abandon();
  }

  @Override
  public void close() throws IOException {
    exec.close();
  }
}
