package dev.gantry.image;

import java.time.Duration;

/**
 * How pulls live.
 *
 * @param abandoned how long a pull goes on that nobody waits for any more
 * @param report how often a running pull is logged
 */
public record PullSettings(Duration abandoned, Duration report) {
  public static final PullSettings DEFAULT =
      new PullSettings(Duration.ofMinutes(10), Duration.ofSeconds(5));

  public PullSettings {
    if (abandoned.isNegative() || report.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException(abandoned + ", " + report);
    }
  }

  /** These with another time that a pull goes on unwanted. */
  public PullSettings withAbandoned(Duration time) {
    return new PullSettings(time, report);
  }
}
