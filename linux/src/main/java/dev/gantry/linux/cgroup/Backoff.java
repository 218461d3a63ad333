package dev.gantry.linux.cgroup;

import java.util.concurrent.locks.LockSupport;

/** Waits of 0.2 ms doubling to 20 ms, until a deadline. */
final class Backoff {
  private static final long FIRST = 200_000;
  private static final long LONGEST = 20_000_000;

  private final long until;
  private long next = FIRST;

  Backoff(long untilNanoTime) {
    this.until = untilNanoTime;
  }

  /** Waits a little; false, at once, when the deadline has passed or the thread is interrupted. */
  boolean pause() {
    long left = until - System.nanoTime();
    if (left <= 0 || Thread.currentThread().isInterrupted()) {
      return false;
    }
    LockSupport.parkNanos(Math.min(next, left));
    next = Math.min(next * 2, LONGEST);
    return true;
  }
}
