package dev.gantry.linux.process;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The children that somebody waits for: the orphan reaper keeps off them. */
final class Children {
  private static final Set<Integer> WAITED_FOR = ConcurrentHashMap.newKeySet();

  // A spawn that is under way may have a child that is dead before its pid is known here.
  private static final Map<Object, Long> UNDER_WAY = new ConcurrentHashMap<>();

  private Children() {}

  /** Called before a spawn; the answer goes to {@link #spawned}. */
  static Object spawning() {
    Object token = new Object();
    UNDER_WAY.put(token, System.nanoTime());
    return token;
  }

  /** Called after a spawn, with a pid below 1 when it failed. */
  static void spawned(Object token, int pid) {
    if (pid > 0) {
      WAITED_FOR.add(pid);
    }
    UNDER_WAY.remove(token);
  }

  static void reaped(int pid) {
    WAITED_FOR.remove(pid);
  }

  static boolean waitedFor(int pid) {
    return WAITED_FOR.contains(pid);
  }

  /** Whether a spawn that began at or before this time has not returned yet. */
  static boolean spawnUnderWaySince(long nanoTime) {
    return UNDER_WAY.values().stream().anyMatch(began -> began - nanoTime <= 0);
  }
}
