package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for what completes elsewhere. */
final class Futures {
  private Futures() {}

  /** Whether the future completed in time; also when it failed. */
  static boolean await(CompletableFuture<?> future, Duration atMost, String what)
      throws RuntimeFailure {
    try {
      future.get(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException failed) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RuntimeFailure(Kind.INTERRUPTED, what + ": interrupted", e);
    }
  }

  /** The value of a future that is complete. */
  static <T> T value(CompletableFuture<T> future, String what) throws RuntimeFailure {
    try {
      return future.join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      throw RuntimeFailure.system(
          what, cause instanceof IOException io ? io : new IOException(cause));
    }
  }

  /**
   * Runs clean-up to its end although the thread was interrupted; the flag is set again afterwards.
   */
  static void uninterrupted(Runnable work) {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
