package dev.gantry.linux.namespace;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.EventLoop;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread for one task that changes what the thread belongs to: it ends with the task,
 * and nobody else ever runs on it.
 *
 * <p>A thread begins in the namespaces, with the root directory and the rights, of the thread that
 * starts it. So nothing may be started from a task here: no thread, no pool, and no virtual thread
 * may be woken either, because that can start a carrier. Hence a virtual caller waits through a
 * thread of {@link BlockingCalls}, and the JVM's own lazily started threads are started beforehand.
 */
final class OwnThread {
  private static final long STACK_BYTES = 512 << 10;
  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  static {
    // Starts the common cleaner, and then the event loop, which a program that is spawned needs.
    Objects.requireNonNull(Arena.ofAuto().allocate(1));
    Objects.requireNonNull(EventLoop.shared());
  }

  private OwnThread() {}

  /**
   * Runs the task and waits for it. When the caller gives up, at the deadline or when interrupted,
   * what the task may still bring about is undone.
   *
   * @param undo called on the thread after a task that succeeded too late
   */
  static <T> T run(String what, Duration deadline, Callable<T> task, Runnable undo)
      throws IOException {
    if (Thread.currentThread().isVirtual()) {
      // Gives up later than the thread that waits on its behalf, so that nothing is lost.
      return BlockingCalls.run(
          what, deadline.plus(HAND_OVER), () -> runAndWait(what, deadline, task, undo));
    }
    return runAndWait(what, deadline, task, undo);
  }

  private static <T> T runAndWait(String what, Duration deadline, Callable<T> task, Runnable undo)
      throws IOException {
    OneTask<T> future = new OneTask<>(task, undo);
    Thread thread = new Thread(null, future::runAndUndo, what, STACK_BYTES, false);
    thread.setDaemon(true);
    thread.start();
    try {
      return future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      if (future.abandon()) {
        throw new LinuxException(what, "", Errno.ETIMEDOUT, "after " + deadline.toMillis() + " ms");
      }
      return finished(what, future);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      future.abandon();
      InterruptedIOException interrupted = new InterruptedIOException(what + ": interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      throw failure(what, e.getCause());
    }
  }

  /**
   * Runs the task and waits for it to the end, interrupted or not: for tasks that use memory of the
   * caller. Not for a virtual thread.
   */
  static <T> T runToEnd(String what, Callable<T> task) throws IOException {
    FutureTask<T> future = new FutureTask<>(task);
    Thread thread = new Thread(null, future, what, STACK_BYTES, false);
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return finished(what, future);
  }

  private static <T> T finished(String what, FutureTask<T> future) throws IOException {
    try {
      return future.resultNow();
    } catch (IllegalStateException failed) {
      throw failure(what, future.exceptionNow());
    }
  }

  private static IOException failure(String what, @Nullable Throwable cause) {
    return switch (cause) {
      case null -> new IOException(what);
      case IOException io -> io;
      case RuntimeException runtime -> throw runtime;
      case Error error -> throw error;
      default -> new IOException(what, cause);
    };
  }

  private static final class OneTask<T> extends FutureTask<T> {
    private final Runnable undo;
    private final AtomicBoolean succeeded;

    OneTask(Callable<T> task, Runnable undo) {
      this(task, undo, new AtomicBoolean());
    }

    private OneTask(Callable<T> task, Runnable undo, AtomicBoolean succeeded) {
      super(() -> {
        T result = task.call();
        succeeded.set(true);
        return result;
      });
      this.undo = undo;
      this.succeeded = succeeded;
    }

    /** True when the task had not ended. */
    boolean abandon() {
      return cancel(false);
    }

    void runAndUndo() {
      run();
      // A task that failed has undone its own part; what is there now may be a later caller's.
      if (isCancelled() && succeeded.get()) {
        undo.run();
      }
    }
  }
}
