package dev.gantry.container;

import dev.gantry.linux.Fd;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.ExitStatus;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that runs in a container, with what it reads and writes in our hands.
 *
 * <p>Closing it before the command has ended kills the command and everything it started; closing
 * it afterwards leaves alone what the command left running.
 */
public final class RunningExec implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunningExec.class);

  private final ExecStart start;
  private final SpawnedProcess command;
  private final ExecStreams streams;
  private final CompletableFuture<ExitStatus> exit;

  RunningExec(ExecStart start, SpawnedProcess command, ExecStreams streams) {
    this.start = start;
    this.command = command;
    this.streams = streams;
    this.exit = command.exit().thenApplyAsync(this::forgotten, Thread::startVirtualThread);
  }

  /** Nobody is told of the end while a daemon after us would still kill what the command left. */
  private ExitStatus forgotten(ExitStatus status) {
    try {
      start.close();
    } catch (RuntimeFailure e) {
      LOG.debug("{}: the close tries again and tells", start.what(), e);
    }
    return status;
  }

  /** Our ends of its streams; whoever uses them closes them. */
  public ExecStreams streams() {
    return streams;
  }

  /**
   * Completes when the command has ended, not what it left running: that is nobody's to kill from
   * then on, also when the daemon is killed.
   */
  public CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  /** Kills the command and everything it started, also when it has ended itself meanwhile. */
  public void abandon() throws IOException {
    try (start) {
      start.kill(null);
    }
  }

  /**
   * Blocks until everything that is to be killed is dead.
   *
   * @throws IOException naming what cannot be killed
   */
  @Override
  public void close() throws IOException {
    try (start) {
      if (!command.exit().isDone()) {
        start.kill(null);
      }
    }
  }

  /**
   * Takes over a pipe whose command has ended while something it left running may still write:
   * reads and drops it, as a closed pipe would kill the writer. At most 256 at once are kept; the
   * oldest is closed then.
   */
  public static void drop(Fd pipe) throws IOException {
    LingeringPipes.add(PipeReader.read(pipe, 0));
  }
}
