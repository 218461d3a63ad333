package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** How old replicas give way to new ones. */
public record DeploymentStrategy(
    @Default("RollingUpdate") DeploymentStrategyType type,
    @Nullable RollingUpdateDeployment rollingUpdate) {
  public DeploymentStrategy {
    if (type == DeploymentStrategyType.RollingUpdate && rollingUpdate == null) {
      rollingUpdate = new RollingUpdateDeployment(null, null);
    }
  }
}
