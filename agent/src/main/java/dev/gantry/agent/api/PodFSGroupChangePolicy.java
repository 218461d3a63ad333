package dev.gantry.agent.api;

/** When a volume's files get the pod's group. */
public enum PodFSGroupChangePolicy {
  OnRootMismatch,
  Always
}
