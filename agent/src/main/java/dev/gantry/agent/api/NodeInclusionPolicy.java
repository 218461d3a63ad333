package dev.gantry.agent.api;

/** Whether nodes count that a pod cannot run on. */
public enum NodeInclusionPolicy {
  Ignore,
  Honor
}
