package dev.gantry.network;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock per name that exists as long as somebody holds it or waits for it. */
final class KeyedLocks {
  private final ConcurrentHashMap<String, Counted> locks = new ConcurrentHashMap<>();

  private record Counted(ReentrantLock lock, int users) {}

  /** What is done under a lock. */
  interface Work<T, E extends Exception> {
    T run() throws E;
  }

  /** Waits for the lock of this name and works under it. */
  <T, E extends Exception> T locked(String name, Work<T, E> work) throws E {
    Counted counted =
        locks.compute(
            name,
            (key, old) ->
                old == null
                    ? new Counted(new ReentrantLock(), 1)
                    : new Counted(old.lock(), old.users() + 1));
    counted.lock().lock();
    try {
      return work.run();
    } finally {
      counted.lock().unlock();
      locks.computeIfPresent(
          name, (key, old) -> old.users() == 1 ? null : new Counted(old.lock(), old.users() - 1));
    }
  }
}
