package dev.gantry.agent.api;

/** When an image is pulled. */
public enum PullPolicy {
  Always,
  Never,
  IfNotPresent
}
