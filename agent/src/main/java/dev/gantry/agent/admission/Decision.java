package dev.gantry.agent.admission;

import dev.gantry.agent.api.Pod;

/** Whether a pod gets in. */
public sealed interface Decision {
  /** It does, as it has become. */
  record Admitted(Pod pod) implements Decision {}

  /**
   * It does not.
   *
   * @param reason one word, the status' {@code reason}: OutOfcpu, NodeAffinity, Forbidden…
   * @param message the status' {@code message}
   */
  record Rejected(String reason, String message) implements Decision {}
}
