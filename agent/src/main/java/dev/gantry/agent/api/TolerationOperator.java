package dev.gantry.agent.api;

/** How a toleration compares. */
public enum TolerationOperator {
  Exists,
  Equal
}
