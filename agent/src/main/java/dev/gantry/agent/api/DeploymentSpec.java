package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** What a deployment is to be. */
public record DeploymentSpec(
    @Default("1") int replicas,
    @Nullable LabelSelector selector,
    @Always PodTemplateSpec template,
    @Always DeploymentStrategy strategy,
    int minReadySeconds,
    @Default("10") int revisionHistoryLimit,
    boolean paused,
    @Default("600") int progressDeadlineSeconds) {

  /** This with another {@code replicas}. */
  public DeploymentSpec withReplicas(int replicas) {
    return Shape.with(this, "replicas", replicas);
  }

  /** This with another {@code template}. */
  public DeploymentSpec withTemplate(PodTemplateSpec template) {
    return Shape.with(this, "template", template);
  }
}
