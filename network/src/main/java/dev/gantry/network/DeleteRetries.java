package dev.gantry.network;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Repeats a pod's DEL in the background, ever less often, until it has worked. */
final class DeleteRetries implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeleteRetries.class);

  /** Plug-ins that all hang must not become hundreds of processes. */
  private static final int AT_ONCE = 4;

  private final Attempt attempt;
  private final Duration first;
  private final Duration longest;
  private final Semaphore turns = new Semaphore(AT_ONCE);
  private final ConcurrentHashMap<String, Thread> pending = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** One try; returns when there is nothing left to delete. */
  interface Attempt {
    void delete(String podId) throws NetworkException;
  }

  DeleteRetries(Attempt attempt, Duration first, Duration longest) {
    this.attempt = attempt;
    this.first = first;
    this.longest = longest;
  }

  /** Starts trying, unless that is under way; the first try comes after {@code delay}. */
  void schedule(String podId, Duration delay) {
    if (closed) {
      return;
    }
    pending.computeIfAbsent(
        podId, id -> Thread.ofVirtual().name("cni-del-" + id).start(() -> repeat(id, delay)));
  }

  /** Tries at once, if it failed before. */
  void scheduleAfterFailure(String podId) {
    schedule(podId, first);
  }

  Set<String> pending() {
    return Set.copyOf(pending.keySet());
  }

  private void repeat(String podId, Duration delay) {
    Duration wait = delay;
    int failures = 0;
    try {
      while (!closed) {
        Thread.sleep(wait);
        turns.acquire();
        try {
          attempt.delete(podId);
          return;
        } catch (NetworkException e) {
          wait = wait.compareTo(first) < 0 ? first : shorter(wait.multipliedBy(2), longest);
          report(podId, ++failures, wait, e);
        } finally {
          turns.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closing: the journal keeps what is left to do
    } finally {
      pending.remove(podId);
    }
  }

  /** The first failures, then ever fewer of them: what is broken for days must not fill the log. */
  private static void report(String podId, int failures, Duration wait, NetworkException e) {
    if (Integer.bitCount(failures) == 1) {
      log.warn(
          "network of pod {} is not deleted after {} attempts, next in {} s: {}",
          podId,
          failures,
          wait.toSeconds(),
          e.getMessage());
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Stops trying; a DEL that is running is not waited for. */
  @Override
  public void close() {
    closed = true;
    pending.values().forEach(Thread::interrupt);
  }
}
