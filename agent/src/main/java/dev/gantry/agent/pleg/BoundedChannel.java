package dev.gantry.agent.pleg;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A queue with a bound that never makes the writer wait: what does not fit is dropped and counted,
 * and the reader learns of it, so that it can look at everything anew.
 */
public final class BoundedChannel<T> {
  private final int capacity;
  private final Deque<T> items = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private boolean overflowed;
  private boolean nudged;
  private long discarded;

  public BoundedChannel(int capacity) {
    this.capacity = capacity;
  }

  /** Adds an item; false when there is no room and it was dropped. */
  public boolean offer(T item) {
    lock.lock();
    try {
      filled.signal();
      if (items.size() >= capacity) {
        overflowed = true;
        discarded++;
        return false;
      }
      items.addLast(item);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The next item; empty when none came in time, or when some were dropped. */
  public Optional<T> poll(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (items.isEmpty() && !overflowed && !nudged && left > 0) {
        left = filled.awaitNanos(left);
      }
      nudged = false;
      return Optional.ofNullable(items.pollFirst());
    } finally {
      lock.unlock();
    }
  }

  /** Lets a reader that waits return, with nothing. */
  public void nudge() {
    lock.lock();
    try {
      nudged = true;
      filled.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Whether items were dropped since this was last asked. */
  public boolean takeOverflow() {
    lock.lock();
    try {
      boolean was = overflowed;
      overflowed = false;
      return was;
    } finally {
      lock.unlock();
    }
  }

  /** How many items were dropped in all. */
  public long discarded() {
    lock.lock();
    try {
      return discarded;
    } finally {
      lock.unlock();
    }
  }

  /** How many items wait. */
  public int size() {
    lock.lock();
    try {
      return items.size();
    } finally {
      lock.unlock();
    }
  }
}
