package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import java.util.concurrent.CompletableFuture;

/**
 * The two outputs of a command, read as they come.
 *
 * @param stdout reads its standard output
 * @param stdoutEnd what the command writes to
 * @param stderr reads its error output
 * @param stderrEnd what the command writes to
 */
record Outputs(PipeReader stdout, Fd stdoutEnd, PipeReader stderr, Fd stderrEnd)
    implements AutoCloseable {
  /** Begins to read two new pipes. */
  static Outputs open(int maxBytes) throws LinuxException {
    Pipe out = Pipe.open();
    try {
      PipeReader stdout = PipeReader.read(out.read(), maxBytes);
      Pipe err = Pipe.open();
      try {
        return new Outputs(stdout, out.write(), PipeReader.read(err.read(), maxBytes), err.write());
      } catch (LinuxException | RuntimeException e) {
        err.close();
        stdout.close();
        throw e;
      }
    } catch (LinuxException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /**
   * To be called when the command has its own: the ends are reached when nobody has them any more.
   */
  void closeWriteEnds() {
    stdoutEnd.close();
    stderrEnd.close();
  }

  /** Completes when both have been read to their end. */
  CompletableFuture<Void> end() {
    return CompletableFuture.allOf(stdout.bytes(), stderr.bytes());
  }

  /** Whoever still holds an end may go on writing, to nobody, as {@link LingeringPipes} has it. */
  @Override
  public void close() {
    closeWriteEnds();
    LingeringPipes.add(stdout, stderr);
  }
}
