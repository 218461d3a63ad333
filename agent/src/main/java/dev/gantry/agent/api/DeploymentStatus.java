package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a deployment is. */
public record DeploymentStatus(
    long observedGeneration,
    int replicas,
    int updatedReplicas,
    int readyReplicas,
    int availableReplicas,
    int unavailableReplicas,
    @Nullable Integer terminatingReplicas,
    List<DeploymentCondition> conditions,
    @Nullable Integer collisionCount) {
  public DeploymentStatus {
    conditions = Fields.list(conditions);
  }
}
