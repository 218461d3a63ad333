package dev.gantry.daemon.work;

import dev.gantry.daemon.log.Event;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Work that must be done in the end, whatever fails now: tried again in the background, after 1 s,
 * 2 s, 4 s … 60 s, until it worked. One entry a name.
 */
public final class Retries implements AutoCloseable {
  private static final long LONGEST_PAUSE_SECONDS = 60;

  private final ConcurrentHashMap<String, Boolean> pending = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("retries").factory());

  /**
   * Tries {@code work} in the background until it worked; does nothing when it is waiting already.
   */
  public void add(String name, Rollback.Undo work) {
    if (pending.putIfAbsent(name, true) == null) {
      schedule(name, work, 1);
    }
  }

  private void schedule(String name, Rollback.Undo work, long pauseSeconds) {
    var _ =
        clock.schedule(
            () -> Thread.ofVirtual().name(name).start(() -> attempt(name, work, pauseSeconds)),
            pauseSeconds,
            TimeUnit.SECONDS);
  }

  private void attempt(String name, Rollback.Undo work, long pauseSeconds) {
    try {
      work.run();
      pending.remove(name);
      Event.info("done on retry").with("work", name).log();
    } catch (Exception e) {
      Event.warn("will be tried again").with("work", name).because(e).log();
      if (!clock.isShutdown()) {
        schedule(name, work, Math.min(pauseSeconds * 2, LONGEST_PAUSE_SECONDS));
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    try {
      clock.awaitTermination(Duration.ofSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
