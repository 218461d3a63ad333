package dev.gantry.daemon.work;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.BlockingCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * A step that may block in the kernel: a mount, the opening of somebody's path, the removal of a
 * tree. It runs on the bounded pool of {@link BlockingCalls}, because a virtual thread that blocks
 * in the kernel takes its carrier with it.
 */
public final class KernelStep {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** A tree may be large, and its disk slow. */
  private static final Duration DELETE_DEADLINE = Duration.ofMinutes(10);

  private KernelStep() {}

  /**
   * Runs the step and waits for it.
   *
   * @param what verb and object, for messages
   */
  public static <T> T call(String what, Callable<T> step) throws IOException, CallFailure {
    try {
      return BlockingCalls.run(what, DEADLINE, step);
    } catch (IOException e) {
      if (e.getCause() instanceof CallFailure failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** Runs a step that has no result. */
  public static void run(String what, Rollback.Undo step) throws IOException {
    BlockingCalls.run(what, DEADLINE, withResult(step));
  }

  /** Runs a step that removes a tree of files. */
  public static void delete(String what, Rollback.Undo step) throws IOException {
    BlockingCalls.run(what, DELETE_DEADLINE, withResult(step));
  }

  private static Callable<Boolean> withResult(Rollback.Undo step) {
    return () -> {
      step.run();
      return true;
    };
  }
}
