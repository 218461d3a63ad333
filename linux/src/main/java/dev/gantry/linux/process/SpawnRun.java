package dev.gantry.linux.process;

import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.event.PipeReader.Bytes;
import dev.gantry.linux.process.Spawn.Output;
import dev.gantry.linux.process.Spawn.Result;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One program run to its end: see {@link Spawn#run}. */
final class SpawnRun {
  /** How long a killed process may take to die; one in uninterruptible sleep is left behind. */
  private static final Duration DEATH = Duration.ofSeconds(5);

  private static final int EXIT_OF_KILLED = 128 + Signals.SIGKILL;

  private final Duration deadline;
  private final int maxOutputBytes;
  private final Duration drain;

  SpawnRun(Duration deadline, int maxOutputBytes, Duration drain) {
    this.deadline = deadline;
    this.maxOutputBytes = maxOutputBytes;
    this.drain = drain;
  }

  Result run(Spawn spawn) throws IOException {
    long until = System.nanoTime() + deadline.toNanos();
    try (Pipe out = Pipe.open();
        Pipe err = Pipe.open()) {
      // Unreaped until the end, so that its process group can be killed and no other.
      SpawnedProcess process = spawn.forRun(out.write(), err.write()).start(true);
      out.write().close();
      err.write().close();
      try (PipeReader stdout = PipeReader.read(out.read(), maxOutputBytes);
          PipeReader stderr = PipeReader.read(err.read(), maxOutputBytes)) {
        return collect(process, stdout, stderr, until);
      } catch (IOException | RuntimeException e) {
        process.killGroup(Signals.SIGKILL);
        throw e;
      } finally {
        process.release();
      }
    }
  }

  private Result collect(SpawnedProcess process, PipeReader stdout, PipeReader stderr, long until)
      throws IOException {
    boolean timedOut = !await(process.exit(), until);
    if (timedOut) {
      process.killGroup(Signals.SIGKILL);
      await(process.exit(), System.nanoTime() + DEATH.toNanos());
    }
    ExitStatus exit = process.exit().getNow(new ExitStatus(EXIT_OF_KILLED, Signals.SIGKILL));
    // What it left running may hold the pipes for ever.
    long end = Math.min(System.nanoTime() + drain.toNanos(), Math.max(until, System.nanoTime()));
    await(CompletableFuture.allOf(stdout.bytes(), stderr.bytes()), end);
    stdout.close();
    stderr.close();
    Bytes output = stdout.bytes().join();
    Bytes errors = stderr.bytes().join();
    return new Result(
        exit,
        new Output(output.data()),
        errors.text(),
        timedOut,
        output.truncated() || errors.truncated());
  }

  /** Whether it completed in time. */
  private static boolean await(CompletableFuture<?> future, long until) throws IOException {
    try {
      future.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }
}
