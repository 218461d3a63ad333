package dev.gantry.container;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Values that are made once for each key, also when several threads ask for one at the same time:
 * the first makes it and the others wait for it. Who asks for another key does not wait. Those used
 * longest ago are forgotten.
 */
public final class OnceCache<K, V> {
  private final int most;
  private final Map<K, Slot<V>> slots = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Makes a value.
   *
   * @param <E> what it fails with
   */
  @FunctionalInterface
  public interface Source<V, E extends Exception> {
    /** Makes it. */
    V make() throws E;
  }

  private static final class Slot<V> {
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable V value;
  }

  /** An empty cache that remembers so many values. */
  public OnceCache(int most) {
    this.most = most;
  }

  /** The value of the key. A failure is not remembered: whoever asks next tries again. */
  public <E extends Exception> V get(K key, Source<? extends V, E> source) throws E {
    Slot<V> slot = slot(key);
    slot.lock.lock();
    try {
      V value = slot.value;
      if (value == null) {
        value = source.make();
        slot.value = value;
      }
      return value;
    } finally {
      slot.lock.unlock();
    }
  }

  private Slot<V> slot(K key) {
    synchronized (slots) {
      Slot<V> slot = slots.computeIfAbsent(key, _ -> new Slot<>());
      if (slots.size() > most) {
        slots.remove(slots.keySet().iterator().next());
      }
      return slot;
    }
  }
}
