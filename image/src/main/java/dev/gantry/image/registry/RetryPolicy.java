package dev.gantry.image.registry;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How often the last host is asked again after a transient failure, and how long is waited.
 *
 * @param tries how often in all, at least 1
 * @param first pause after the first try; doubled after each further one, with jitter
 * @param most longest pause, also for what a Retry-After header asks
 */
public record RetryPolicy(int tries, Duration first, Duration most) {
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(3, Duration.ofMillis(200), Duration.ofSeconds(10));

  void pause(int failed, long retryAfterSeconds) throws InterruptedIOException {
    long millis = first.toMillis() << Math.min(failed - 1, 10);
    millis += ThreadLocalRandom.current().nextLong(millis + 1);
    if (retryAfterSeconds > 0) {
      millis = retryAfterSeconds * 1000;
    }
    try {
      Thread.sleep(Math.min(millis, most.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to try again");
    }
  }

  /** Seconds of a Retry-After header, -1 when there is none or it is a date. */
  static long retryAfter(@Nullable String header) {
    if (header == null || !header.matches("\\d{1,6}")) {
      return -1;
    }
    return Long.parseLong(header);
  }
}
