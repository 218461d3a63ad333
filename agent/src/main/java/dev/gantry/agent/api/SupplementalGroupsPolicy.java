package dev.gantry.agent.api;

/** Whether the image's own groups are added to those of the pod. */
public enum SupplementalGroupsPolicy {
  Merge,
  Strict
}
