package dev.gantry.network;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A lock per name that exists as long as somebody holds it or waits for it. */
final class KeyedLocks {
  private final ConcurrentHashMap<String, Counted> locks = new ConcurrentHashMap<>();

  private record Counted(ReentrantLock lock, int users) {}

  /** A held lock. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for the lock; closing gives it back. */
  Held lock(String name) {
    Counted counted =
        locks.compute(
            name,
            (key, old) ->
                old == null
                    ? new Counted(new ReentrantLock(), 1)
                    : new Counted(old.lock(), old.users() + 1));
    counted.lock().lock();
    return () -> {
      counted.lock().unlock();
      locks.computeIfPresent(
          name, (key, old) -> old.users() == 1 ? null : new Counted(old.lock(), old.users() - 1));
    };
  }
}
