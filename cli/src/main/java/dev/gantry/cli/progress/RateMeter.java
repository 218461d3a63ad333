package dev.gantry.cli.progress;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bytes per second over the last few seconds. What was there when it first looked, such as the part
 * of a layer that an earlier pull left, is not counted.
 */
final class RateMeter {
  private static final long WINDOW_NANOS = 4_000_000_000L;

  private record Sample(long nanos, long bytes) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  /** So many bytes were done at a moment of a clock in nanoseconds. */
  void add(long nanos, long bytes) {
    if (!samples.isEmpty() && bytes < samples.getLast().bytes()) {
      samples.clear(); // it is fetched anew
    }
    samples.addLast(new Sample(nanos, bytes));
    // The first sample that is older than the window is where the window begins.
    while (samples.size() > 2 && nanos - second().nanos() >= WINDOW_NANOS) {
      samples.removeFirst();
    }
  }

  private Sample second() {
    var all = samples.iterator();
    all.next();
    return all.next();
  }

  /** Bytes per second, 0 before there is anything to tell. */
  double perSecond() {
    if (samples.size() < 2) {
      return 0;
    }
    long nanos = samples.getLast().nanos() - samples.getFirst().nanos();
    long bytes = samples.getLast().bytes() - samples.getFirst().bytes();
    return nanos <= 0 ? 0 : bytes * 1e9 / nanos;
  }
}
