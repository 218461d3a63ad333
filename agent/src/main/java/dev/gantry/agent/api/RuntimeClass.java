package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** A way to run pods: the runtime's handler, what it costs, where it works. */
public record RuntimeClass(
    ObjectMeta metadata,
    @Always String handler,
    @Nullable Overhead overhead,
    @Nullable Scheduling scheduling)
    implements KubeObject {

  /** This with another {@code metadata}. */
  public RuntimeClass withMetadata(ObjectMeta metadata) {
    return Shape.with(this, "metadata", metadata);
  }

  @Override
  public String apiVersion() {
    return "node.k8s.io/v1";
  }

  @Override
  public String kind() {
    return "RuntimeClass";
  }
}
