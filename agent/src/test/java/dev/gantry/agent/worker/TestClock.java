package dev.gantry.agent.worker;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that a test moves; it ticks a little at each look, so that no two moments are one. */
public final class TestClock implements InstantSource {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Override
  public synchronized Instant instant() {
    now = now.plusNanos(1000);
    return now;
  }

  public synchronized void advance(Duration by) {
    now = now.plus(by);
  }
}
