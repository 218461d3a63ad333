package dev.gantry.agent.api;

/** Where a pod is in its life, in one word. */
public enum PodPhase {
  Pending,
  Running,
  Succeeded,
  Failed,
  Unknown
}
