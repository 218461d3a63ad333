package dev.gantry.linux;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits of 0.2 ms doubling to 20 ms, until a deadline. */
public final class Backoff {
  private static final long FIRST = 200_000;
  private static final long LONGEST = 20_000_000;

  private final long until;
  private long next = FIRST;

  /**
   * Waits until then.
   *
   * @param untilNanoTime a point of {@link System#nanoTime}
   */
  public Backoff(long untilNanoTime) {
    this.until = untilNanoTime;
  }

  /** Waits so long from now on. */
  public static Backoff within(Duration longest) {
    return new Backoff(System.nanoTime() + longest.toNanos());
  }

  /** Waits a little; false, at once, when the deadline has passed or the thread is interrupted. */
  public boolean pause() {
    long left = until - System.nanoTime();
    if (left <= 0 || Thread.currentThread().isInterrupted()) {
      return false;
    }
    LockSupport.parkNanos(Math.min(next, left));
    next = Math.min(next * 2, LONGEST);
    return true;
  }
}
