package dev.gantry.agent.worker;

/**
 * A container that is to be ended.
 *
 * @param message what the event says
 */
public record Kill(String containerId, String name, Cause cause, String message) {
  /** Why; a failed probe may have a grace period of its own. */
  public enum Cause {
    LIVENESS,
    STARTUP,
    POST_START,
    CHANGED,
    UNKNOWN_STATE,
    POD
  }
}
