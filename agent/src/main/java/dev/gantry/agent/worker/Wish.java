package dev.gantry.agent.worker;

import dev.gantry.agent.api.Pod;
import java.time.Duration;
import java.util.Optional;

/**
 * What a pod is to become.
 *
 * @param pod what it is
 * @param end that it is to end and be removed
 */
public record Wish(Pod pod, Optional<End> end) {
  /**
   * The end of a pod.
   *
   * @param grace how long its containers have
   */
  public record End(Duration grace) {}

  /** A pod that is to run. */
  public static Wish run(Pod pod) {
    return new Wish(pod, Optional.empty());
  }

  /** A pod that is to end and to be removed. */
  public static Wish end(Pod pod, Duration grace) {
    return new Wish(pod, Optional.of(new End(grace)));
  }

  /** Whether it says what {@code before} said; a pod's status is no wish. */
  boolean sameAs(Wish before) {
    return end.equals(before.end())
        && pod.spec().equals(before.pod().spec())
        && pod.metadata().equals(before.pod().metadata());
  }

  /** Whether what is under way for {@code before} must be given up for this. */
  boolean interrupts(Wish before) {
    if (end.isEmpty()) {
      return false;
    }
    return before.end().isEmpty() || end.get().grace().compareTo(before.end().get().grace()) < 0;
  }
}
