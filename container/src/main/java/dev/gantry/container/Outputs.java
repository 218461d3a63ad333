package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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
  /** Enough for those who are slow to end; a container cannot take more descriptors than these. */
  private static final int MOST_LINGERING = 128;

  private static final Deque<Outputs> LINGERING = new ArrayDeque<>();

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

  /**
   * Whoever still holds an end may go on writing, to nobody: a closed pipe would kill him. When too
   * many do, the oldest pipes are closed.
   */
  @Override
  public void close() {
    closeWriteEnds();
    boolean ended = stdout.ended() && stderr.ended();
    stdout.letGo();
    stderr.letGo();
    if (!ended) {
      linger().forEach(Outputs::stop);
    }
  }

  private List<Outputs> linger() {
    List<Outputs> tooMany = new ArrayList<>();
    synchronized (LINGERING) {
      LINGERING.removeIf(old -> old.stdout.ended() && old.stderr.ended());
      LINGERING.add(this);
      while (LINGERING.size() > MOST_LINGERING) {
        tooMany.add(LINGERING.remove());
      }
    }
    return tooMany;
  }

  private void stop() {
    stdout.close();
    stderr.close();
  }
}
