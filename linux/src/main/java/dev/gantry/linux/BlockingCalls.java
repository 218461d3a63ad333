package dev.gantry.linux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs native calls that may block (mount, umount, open of a path that others control, setns) on a
 * bounded pool of platform threads, so that none pins the carrier of a virtual thread (design rule
 * 1).
 *
 * <p>A system call that hangs cannot be taken back: at its deadline the caller gets a {@link
 * BlockingCallTimeoutException} and the thread stays with the call. When all threads are held,
 * callers wait for one until their own deadline.
 */
public final class BlockingCalls {
  /** How many calls may be in the kernel at once. */
  public static final int LIMIT = 64;

  private static final long STACK_BYTES = 256 << 10;
  private static final Semaphore PERMITS = new Semaphore(LIMIT);
  private static final ThreadLocal<Boolean> INSIDE = new ThreadLocal<>();

  private BlockingCalls() {}

  /** Threads are made when the first call comes and end 20 s after their last one. */
  private static final class Pool {
    // No bound here: the permits are the bound, and one is given back a moment before its thread
    // is idle again.
    private static final ThreadPoolExecutor EXECUTOR =
        new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, 20, TimeUnit.SECONDS, new SynchronousQueue<>(), Pool::thread);

    private Pool() {}

    private static Thread thread(Runnable work) {
      Runnable marked =
          () -> {
            INSIDE.set(true);
            work.run();
          };
      Thread thread = new Thread(null, marked, "blocking-call", STACK_BYTES, false);
      thread.setDaemon(true);
      return thread;
    }
  }

  /**
   * Runs the call on a thread of the pool and waits for its answer; from a thread of the pool it
   * runs in place, as part of the outer call.
   *
   * <p>What a call answers after its deadline is closed when it is {@link AutoCloseable}.
   *
   * @param what for the error: verb and object, {@code "mount /run/x"}
   * @throws BlockingCallTimeoutException at the deadline
   * @throws InterruptedIOException when the caller is interrupted; its flag is set again
   * @throws IOException what the call throws; a checked exception of another kind is its cause
   */
  public static <T> T run(String what, Duration deadline, Callable<T> call) throws IOException {
    CompletableFuture<T> answer = new CompletableFuture<>();
    long end = System.nanoTime() + deadline.toNanos();
    try {
      begin(what, deadline.toNanos(), deadline, call, answer);
      return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // The answer may come at this very moment: whoever completes the future first decides.
      answer.completeExceptionally(new BlockingCallTimeoutException(what, deadline, true));
      return now(what, answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException(what + ": interrupted");
      interrupted.initCause(e);
      answer.completeExceptionally(interrupted);
      return now(what, answer);
    } catch (ExecutionException e) {
      return now(what, answer);
    }
  }

  /**
   * The same for a change that has to be followed by another one (a rename, and the map that says
   * so): an interrupt is kept for later, and the caller learns what became of the call.
   *
   * @throws BlockingCallTimeoutException at the deadline
   * @throws IOException what the call throws; a checked exception of another kind is its cause
   */
  public static <T> T runToEnd(String what, Duration deadline, Callable<T> call)
      throws IOException {
    boolean interrupted = Thread.interrupted();
    CompletableFuture<T> answer = new CompletableFuture<>();
    long end = System.nanoTime() + deadline.toNanos();
    boolean begun = false;
    try {
      while (true) {
        try {
          if (!begun) {
            begun = begin(what, end - System.nanoTime(), deadline, call, answer);
          }
          return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          answer.completeExceptionally(new BlockingCallTimeoutException(what, deadline, true));
          return now(what, answer);
        } catch (ExecutionException e) {
          return now(what, answer);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Hands the call to a thread of the pool, or makes it here when this is one. */
  private static <T> boolean begin(
      String what, long nanos, Duration deadline, Callable<T> call, CompletableFuture<T> answer)
      throws IOException, InterruptedException {
    if (INSIDE.get() != null) {
      try {
        answer.complete(call.call());
      } catch (Throwable t) {
        answer.completeExceptionally(t);
      }
      return true;
    }
    if (!PERMITS.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
      throw new BlockingCallTimeoutException(what, deadline, false);
    }
    Pool.EXECUTOR.execute(() -> work(call, answer));
    return true;
  }

  private static <T> void work(Callable<T> call, CompletableFuture<T> answer) {
    try {
      T value = call.call();
      if (!answer.complete(value) && value instanceof AutoCloseable late) {
        late.close();
      }
    } catch (Throwable t) {
      answer.completeExceptionally(t);
    } finally {
      PERMITS.release();
    }
  }

  private static <T> T now(String what, CompletableFuture<T> completed) throws IOException {
    return switch (completed.state()) {
      case SUCCESS -> completed.resultNow();
      case FAILED, CANCELLED -> throw failure(what, completed.exceptionNow());
      case RUNNING -> throw new IllegalStateException(what + ": not completed");
    };
  }

  /** Errors and unchecked exceptions are thrown on as they are. */
  private static IOException failure(String what, Throwable cause) {
    return switch (cause) {
      case IOException io -> io;
      case Error error -> throw error;
      case RuntimeException runtime -> throw runtime;
      default -> new IOException(what + ": " + cause.getMessage(), cause);
    };
  }
}
