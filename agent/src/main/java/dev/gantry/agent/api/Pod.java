package dev.gantry.agent.api;

/** A pod: containers that share a sandbox. */
public record Pod(ObjectMeta metadata, PodSpec spec, PodStatus status) implements KubeObject {
  public Pod {
    metadata = metadata.inSomeNamespace();
  }

  /** This with another {@code metadata}. */
  public Pod withMetadata(ObjectMeta metadata) {
    return Shape.with(this, "metadata", metadata);
  }

  /** This with another {@code spec}. */
  public Pod withSpec(PodSpec spec) {
    return Shape.with(this, "spec", spec);
  }

  /** This with another {@code status}. */
  public Pod withStatus(PodStatus status) {
    return Shape.with(this, "status", status);
  }

  @Override
  public String apiVersion() {
    return "v1";
  }

  @Override
  public String kind() {
    return "Pod";
  }
}
