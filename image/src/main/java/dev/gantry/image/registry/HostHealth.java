package dev.gantry.image.registry;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which hosts are better left alone for the moment: not reached a while ago, or asked for time by
 * Retry-After. They are not skipped, but come after the others.
 */
final class HostHealth {
  private static final int MOST = 256;
  private static final Duration UNREACHABLE = Duration.ofSeconds(30);
  private static final Duration MOST_WAIT = Duration.ofMinutes(10);

  private final Map<String, Long> until = new ConcurrentHashMap<>();

  boolean avoided(RegistryHost host) {
    Long end = until.get(key(host));
    return end != null && System.nanoTime() - end < 0;
  }

  void unreachable(RegistryHost host) {
    avoid(host, UNREACHABLE);
  }

  void busy(RegistryHost host, Duration wait) {
    avoid(host, wait.compareTo(MOST_WAIT) > 0 ? MOST_WAIT : wait);
  }

  void well(RegistryHost host) {
    until.remove(key(host));
  }

  private void avoid(RegistryHost host, Duration wait) {
    if (until.size() >= MOST) {
      until.values().removeIf(end -> System.nanoTime() - end >= 0);
    }
    if (until.size() < MOST) {
      until.put(key(host), System.nanoTime() + wait.toNanos());
    }
  }

  private static String key(RegistryHost host) {
    return host.authority();
  }
}
