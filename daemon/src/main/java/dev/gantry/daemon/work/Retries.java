package dev.gantry.daemon.work;

import dev.gantry.daemon.log.Event;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Work that must be done in the end, whatever fails now: tried again in the background, after 1 s,
 * 2 s, 4 s … 60 s, until it worked. One entry a name, and a few at a time: after a restart of the
 * machine there may be one for each pod.
 */
public final class Retries implements AutoCloseable {
  private static final long LONGEST_PAUSE_SECONDS = 60;
  private static final int AT_ONCE = 4;

  private final ConcurrentHashMap<String, Boolean> pending = new ConcurrentHashMap<>();
  private final Semaphore turns = new Semaphore(AT_ONCE);
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("retries").factory());

  /**
   * Tries {@code work} in the background until it worked; does nothing when it is waiting already.
   */
  public void add(String name, Rollback.Undo work) {
    if (pending.putIfAbsent(name, true) == null) {
      schedule(name, work, 1, 1);
    }
  }

  /** The same for work that was not tried yet: its first try comes at once. */
  public void begin(String name, Rollback.Undo work) {
    if (pending.putIfAbsent(name, true) == null) {
      schedule(name, work, 0, 0);
    }
  }

  private void schedule(String name, Rollback.Undo work, long pauseSeconds, int failures) {
    var _ =
        clock.schedule(
            () ->
                Thread.ofVirtual()
                    .name(name)
                    .start(() -> attempt(name, work, pauseSeconds, failures)),
            pauseSeconds,
            TimeUnit.SECONDS);
  }

  private void attempt(String name, Rollback.Undo work, long pauseSeconds, int failures) {
    turns.acquireUninterruptibly();
    try {
      work.run();
      pending.remove(name);
      Event.info("done in the background").with("work", name).log();
    } catch (Exception e) {
      // The first failures, then ever fewer: what is broken for days must not fill the log.
      if (Integer.bitCount(failures + 1) == 1) {
        Event.warn("will be tried again").with("work", name).because(e).log();
      }
      if (!clock.isShutdown()) {
        long next = Math.clamp(pauseSeconds * 2, 1, LONGEST_PAUSE_SECONDS);
        schedule(name, work, next, failures + 1);
      }
    } finally {
      turns.release();
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
