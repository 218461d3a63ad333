package dev.gantry.daemon.work;

import java.time.Duration;

/** Where a piece of work is; whoever waits for it is told. */
public final class Stages {
  private record Stage(String name, long since) {}

  private volatile Stage current = new Stage("begin", System.nanoTime());

  /** Says that the work now does {@code name}, as in {@code CNI ADD}. */
  public void enter(String name) {
    current = new Stage(name, System.nanoTime());
  }

  /** The stage and how long it has lasted, as in {@code CNI ADD (for 3.1 s)}. */
  @Override
  public String toString() {
    Stage stage = current;
    var lasted = Duration.ofNanos(System.nanoTime() - stage.since());
    return "%s (for %.1f s)".formatted(stage.name(), lasted.toMillis() / 1000.0);
  }
}
