package dev.gantry.daemon.runtime;

import java.time.Instant;

/** The CRI's clock: nanoseconds since the epoch. */
public final class Clock {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private Clock() {}

  /** Now. */
  public static long now() {
    return of(Instant.now());
  }

  /** An instant as the CRI writes it. */
  public static long of(Instant instant) {
    return instant.getEpochSecond() * NANOS_PER_SECOND + instant.getNano();
  }
}
