package dev.gantry.agent.api;

/** An object of its own, as opposed to a part of one. */
public sealed interface KubeObject permits ConfigMap, Deployment, Event, Pod, RuntimeClass, Secret {
  /** The group and version, as in {@code apps/v1}. */
  String apiVersion();

  /** The kind, as in {@code Deployment}. */
  String kind();

  /** Its name and all that is said about it from outside. */
  ObjectMeta metadata();

  /** Kind, namespace and name in one word, as in {@code Pod/default/web}. */
  default String reference() {
    String namespace = metadata().namespace();
    return kind() + "/" + (namespace.isEmpty() ? "" : namespace + "/") + metadata().name();
  }
}
