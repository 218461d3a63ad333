package dev.gantry.image.layer;

import dev.gantry.linux.Threads;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs work whose native calls would pin the carrier of a virtual thread. */
public final class PlatformThread {
  private PlatformThread() {}

  /**
   * Runs {@code work} on a platform thread of its own and waits for it. When the caller is
   * interrupted so is the work, and this returns when it has ended.
   */
  public static <T> T call(String name, Callable<T> work) throws Exception {
    var task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().name(name).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      // It has been passed on already, and once more does no harm.
      Threads.awaitEnd(List.of(thread), thread::interrupt);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error bug -> throw bug;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
