package dev.gantry.image;

import java.io.InterruptedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A few platform threads for unpacking, whose native calls would pin the carriers of virtual ones;
 * they end when there is nothing to do.
 */
final class LayerWorkers implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool;

  LayerWorkers(int size) {
    pool =
        new ThreadPoolExecutor(
            size,
            size,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("layer-worker-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs {@code work} on a worker. When the caller is interrupted the work is too, and this returns
   * only when it has stopped, so that it cleans up before anybody goes on.
   *
   * @return what the work gave, also when it did so after all: the caller is then still interrupted
   */
  <T> T run(Callable<T> work) throws Exception {
    var job = new Job<T>(work);
    pool.execute(job);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return job.result.get();
        } catch (InterruptedException e) {
          interrupted = true;
          if (pool.remove(job)) {
            throw e;
          }
          job.interrupt();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Work whose result is never dropped: somebody has to put away what it made. */
  private static final class Job<T> implements Runnable {
    private final Callable<T> work;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private @Nullable Thread worker;
    private boolean interrupted;

    Job(Callable<T> work) {
      this.work = work;
    }

    @Override
    public void run() {
      begin();
      T made;
      try {
        made = work.call();
      } catch (Throwable t) {
        end();
        result.completeExceptionally(t);
        return;
      }
      end();
      result.complete(made);
    }

    private synchronized void begin() {
      worker = Thread.currentThread();
      if (interrupted) {
        worker.interrupt();
      }
    }

    /** From here on an interrupt would hit the worker's next job. */
    private synchronized void end() {
      worker = null;
      var _ = Thread.interrupted();
    }

    synchronized void interrupt() {
      interrupted = true;
      if (worker != null) {
        worker.interrupt();
      }
    }
  }

  /** Interrupts the work that runs; what has not begun fails, and nobody waits for it any more. */
  @Override
  public void close() {
    for (Runnable queued : pool.shutdownNow()) {
      if (queued instanceof Job<?> job) {
        job.result.completeExceptionally(new InterruptedIOException("the image store is closed"));
      }
    }
  }
}
