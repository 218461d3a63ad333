package dev.gantry.network;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the networks of pods that an earlier daemon has left, one after the other, and again,
 * ever less often, for those that are not as they were made: what makes the network of the node may
 * itself be starting just then.
 */
final class NetworkChecks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NetworkChecks.class);

  private final Check check;
  private final Duration first;
  private final Duration longest;
  private final ConcurrentHashMap<String, String> damage = new ConcurrentHashMap<>();
  private @Nullable Thread asking;

  /** Asks once. */
  interface Check {
    /**
     * Asks for one pod.
     *
     * @return whether the pod has a network that can be asked for
     */
    boolean isWhole(String podId) throws NetworkException;
  }

  NetworkChecks(Check check, Duration first, Duration longest) {
    this.check = check;
    this.first = first;
    this.longest = longest;
  }

  /** Begins to ask; called once. */
  synchronized void begin(Set<String> podIds) {
    List<String> pods = podIds.stream().sorted().toList();
    if (!pods.isEmpty()) {
      asking = Thread.ofVirtual().name("cni-check").start(() -> ask(pods));
    }
  }

  Map<String, String> damage() {
    return Map.copyOf(damage);
  }

  private void ask(List<String> pods) {
    List<String> left = pods;
    Duration pause = first;
    try {
      while (true) {
        left = left.stream().filter(this::isDamaged).toList();
        if (left.isEmpty()) {
          return;
        }
        Thread.sleep(pause);
        pause = pause.compareTo(longest) < 0 ? pause.multipliedBy(2) : pause;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closing
    }
  }

  private boolean isDamaged(String podId) {
    if (Thread.currentThread().isInterrupted()) {
      return true;
    }
    try {
      boolean there = check.isWhole(podId);
      if (damage.remove(podId) != null && there) {
        log.info("the network of pod {} is as it was made again", podId);
      }
      return false;
    } catch (NetworkException e) {
      if (damage.put(podId, String.valueOf(e.getMessage())) == null) {
        log.warn(
            "the network of pod {} is not as it was made; the pod goes on, and gets a new one when"
                + " it is made anew: {}",
            podId,
            e.getMessage());
      }
      return true;
    }
  }

  @Override
  public synchronized void close() {
    if (asking != null) {
      asking.interrupt();
    }
  }
}
