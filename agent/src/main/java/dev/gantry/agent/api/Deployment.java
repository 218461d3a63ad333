package dev.gantry.agent.api;

/** Replicas of one pod. */
public record Deployment(ObjectMeta metadata, DeploymentSpec spec, DeploymentStatus status)
    implements KubeObject {
  public Deployment {
    metadata = metadata.inSomeNamespace();
  }

  /** This with another {@code metadata}. */
  public Deployment withMetadata(ObjectMeta metadata) {
    return Shape.with(this, "metadata", metadata);
  }

  /** This with another {@code spec}. */
  public Deployment withSpec(DeploymentSpec spec) {
    return Shape.with(this, "spec", spec);
  }

  /** This with another {@code status}. */
  public Deployment withStatus(DeploymentStatus status) {
    return Shape.with(this, "status", status);
  }

  @Override
  public String apiVersion() {
    return "apps/v1";
  }

  @Override
  public String kind() {
    return "Deployment";
  }
}
