package dev.gantry.agent.api;

/** Whether a condition holds. */
public enum ConditionStatus {
  True,
  False,
  Unknown
}
