package dev.gantry.image;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

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
   */
  <T> T run(Callable<T> work) throws Exception {
    var ended = new CountDownLatch(1);
    var task =
        new FutureTask<T>(() -> {
          try {
            return work.call();
          } finally {
            ended.countDown();
          }
        });
    pool.execute(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      boolean neverRan = pool.remove(task);
      task.cancel(true);
      boolean stopped = neverRan;
      while (!stopped) {
        stopped = hasEnded(ended);
      }
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static boolean hasEnded(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException again) {
      return false; // it has been passed on already
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
