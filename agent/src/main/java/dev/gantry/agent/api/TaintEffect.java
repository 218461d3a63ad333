package dev.gantry.agent.api;

/** What a taint does to pods without a toleration. */
public enum TaintEffect {
  NoSchedule,
  PreferNoSchedule,
  NoExecute
}
