package dev.gantry.agent.api;

/** Whether a pod may displace others. */
public enum PreemptionPolicy {
  PreemptLowerPriority,
  Never
}
