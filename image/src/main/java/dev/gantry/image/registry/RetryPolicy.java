package dev.gantry.image.registry;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How often hosts are asked again after a transient failure, and how long is waited.
 *
 * @param tries how often in all, at least 1
 * @param first pause after the first try; doubled after each further one, with jitter
 * @param most longest pause of our own accord
 * @param patience longest wait in all for one request; a Retry-After that asks for more ends it
 */
public record RetryPolicy(int tries, Duration first, Duration most, Duration patience) {
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(5, Duration.ofMillis(200), Duration.ofSeconds(10), Duration.ofSeconds(60));

  private static final Duration MOST_ASKED = Duration.ofDays(1);

  public RetryPolicy(int tries, Duration first, Duration most) {
    this(tries, first, most, most.multipliedBy(tries));
  }

  /** How long to wait after {@code failed} tries: doubling, half of it by chance. */
  Duration backoff(int failed) {
    long millis = Math.min(first.toMillis() << Math.min(failed - 1, 10), most.toMillis());
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }

  static void pause(Duration wait) throws InterruptedIOException {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to try again");
    }
  }

  /**
   * What a Retry-After header asks for, in seconds or as a date; empty without a sensible one.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">RFC 9110, 10.2.3</a>
   */
  static Optional<Duration> retryAfter(@Nullable String header, Instant now) {
    if (header == null) {
      return Optional.empty();
    }
    Duration wait;
    if (header.matches("\\d{1,9}")) {
      wait = Duration.ofSeconds(Long.parseLong(header));
    } else {
      try {
        Instant then =
            ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        wait = Duration.between(now, then);
      } catch (DateTimeParseException neither) {
        return Optional.empty();
      }
    }
    if (wait.isNegative()) {
      return Optional.of(Duration.ZERO);
    }
    return Optional.of(wait.compareTo(MOST_ASKED) > 0 ? MOST_ASKED : wait);
  }
}
