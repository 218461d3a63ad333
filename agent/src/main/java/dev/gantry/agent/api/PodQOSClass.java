package dev.gantry.agent.api;

/** How a pod is treated when the node runs short. */
public enum PodQOSClass {
  Guaranteed,
  Burstable,
  BestEffort
}
