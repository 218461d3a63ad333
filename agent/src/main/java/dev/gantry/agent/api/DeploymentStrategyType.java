package dev.gantry.agent.api;

/** How old replicas give way to new ones. */
public enum DeploymentStrategyType {
  Recreate,
  RollingUpdate
}
