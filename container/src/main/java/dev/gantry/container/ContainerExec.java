package dev.gantry.container;

import dev.gantry.linux.event.PipeReader;
import dev.gantry.linux.process.Adoption;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.time.Duration;

/** Runs one command in a container to its end, see {@link ContainerRuntime#execSync}. */
final class ContainerExec {
  private static final Duration DRAIN = Duration.ofSeconds(1);
  private static final Duration FOR_EVER = Duration.ofDays(36500);

  private final ExecStart start;
  private final ExecRequest request;
  private final String what;
  private final long until;

  ContainerExec(ExecStart start, ExecRequest request) {
    this.start = start;
    this.request = request;
    this.what = start.what();
    Duration timeout = request.timeout();
    this.until = System.nanoTime() + (timeout.isZero() ? FOR_EVER : timeout).toNanos();
  }

  ExecOutcome run() throws RuntimeFailure {
    try (start;
        Adoption adoption = Adoption.expect();
        Outputs outputs = Outputs.open(request.maxOutputBytes())) {
      SpawnedProcess runtime =
          start.spawn(new ExecStart.Stdio(null, outputs.stdoutEnd(), outputs.stderrEnd(), null));
      outputs.closeWriteEnds();
      return follow(runtime, adoption, outputs);
    } catch (IOException e) {
      throw start.failure(e);
    }
  }

  private ExecOutcome follow(SpawnedProcess runtime, Adoption adoption, Outputs outputs)
      throws IOException {
    boolean orderly = false;
    try {
      if (!Futures.await(runtime.exit(), left(), what)) {
        orderly = true;
        return timedOut(runtime, outputs);
      }
      if (!Futures.value(runtime.exit(), what).success()) {
        Futures.await(outputs.end(), DRAIN, what);
        throw start.refused(outputs.stderr().letGo().text());
      }
      SpawnedProcess command = start.adopt(adoption);
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
        Futures.uninterrupted(() -> start.abandon(runtime));
      }
    }
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
  }

  private ExecOutcome timedOut(SpawnedProcess runtime, Outputs outputs) throws IOException {
    start.kill(runtime);
    Futures.await(outputs.end(), DRAIN, what);
    return outcome(ExitRecord.KILLED_CODE, true, outputs);
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
}
