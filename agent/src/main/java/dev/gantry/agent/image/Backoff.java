package dev.gantry.agent.image;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long something that failed waits before it is tried again: ten seconds, twice as long each
 * time, five minutes at most, and from the beginning after twice that without a failure. The
 * kubelet's flowcontrol.Backoff.
 */
public final class Backoff {
  public static final Duration FIRST = Duration.ofSeconds(10);
  public static final Duration LONGEST = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  private record Entry(Duration delay, Instant updated) {}

  public Backoff(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * When what failed at a moment may be tried again, if that is still to come.
   *
   * @param key what it is
   */
  public Optional<Instant> until(String key, Instant failed) {
    Entry entry = entries.get(key);
    if (entry == null || expired(entry, failed)) {
      return Optional.empty();
    }
    Instant end = failed.plus(entry.delay());
    return end.isAfter(clock.instant()) ? Optional.of(end) : Optional.empty();
  }

  /** As {@link #until(String, Instant)}, from the moment of the last {@link #next}. */
  public Optional<Instant> untilSinceUpdate(String key) {
    Entry entry = entries.get(key);
    return entry == null ? Optional.empty() : until(key, entry.updated());
  }

  /** The delay that holds now. */
  public Duration delay(String key) {
    Entry entry = entries.get(key);
    return entry == null ? Duration.ZERO : entry.delay();
  }

  /** Counts one more failure, which was at a moment. */
  public void next(String key, Instant failed) {
    entries.compute(
        key,
        (k, old) -> {
          Duration delay =
              old == null || expired(old, failed) ? FIRST : old.delay().multipliedBy(2);
          return new Entry(delay.compareTo(LONGEST) > 0 ? LONGEST : delay, clock.instant());
        });
  }

  /**
   * Takes up what another agent, or this one before its restart, must have counted, if nothing is
   * known: what has been started again {@code restarts} times, the last time at a moment, had as
   * many failures before.
   */
  public void recall(String key, int restarts, Instant started) {
    if (restarts <= 0) {
      return;
    }
    // Five doublings lead from the first delay past the longest.
    Duration delay = FIRST.multipliedBy(1L << Math.min(restarts - 1, 5));
    entries.putIfAbsent(key, new Entry(delay.compareTo(LONGEST) > 0 ? LONGEST : delay, started));
  }

  /** Forgets what has not failed for long. */
  public void forget() {
    entries.values().removeIf(entry -> expired(entry, clock.instant()));
  }

  /** Forgets all of a pod. */
  public void forget(String prefix) {
    entries.keySet().removeIf(key -> key.startsWith(prefix));
  }

  private static boolean expired(Entry entry, Instant at) {
    return Duration.between(entry.updated(), at).compareTo(LONGEST.multipliedBy(2)) > 0;
  }
}
