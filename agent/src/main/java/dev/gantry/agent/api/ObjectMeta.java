package dev.gantry.agent.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What every object has: its name, who it is, labels and annotations. */
public record ObjectMeta(
    String name,
    String generateName,
    String namespace,
    String uid,
    String resourceVersion,
    long generation,
    @Nullable Instant creationTimestamp,
    @Nullable Instant deletionTimestamp,
    @Nullable Long deletionGracePeriodSeconds,
    Map<String, String> labels,
    Map<String, String> annotations,
    List<OwnerReference> ownerReferences,
    List<String> finalizers) {
  public ObjectMeta {
    labels = Fields.map(labels);
    annotations = Fields.map(annotations);
    ownerReferences = Fields.list(ownerReferences);
    finalizers = Fields.list(finalizers);
  }

  /** This with another {@code name}. */
  public ObjectMeta withName(String name) {
    return Shape.with(this, "name", name);
  }

  /** This with another {@code namespace}. */
  public ObjectMeta withNamespace(String namespace) {
    return Shape.with(this, "namespace", namespace);
  }

  /** This with another {@code uid}. */
  public ObjectMeta withUid(String uid) {
    return Shape.with(this, "uid", uid);
  }

  /** This with another {@code creationTimestamp}. */
  public ObjectMeta withCreationTimestamp(@Nullable Instant creationTimestamp) {
    return Shape.with(this, "creationTimestamp", creationTimestamp);
  }

  /** This with another {@code deletionTimestamp}. */
  public ObjectMeta withDeletionTimestamp(@Nullable Instant deletionTimestamp) {
    return Shape.with(this, "deletionTimestamp", deletionTimestamp);
  }

  /** This with another {@code deletionGracePeriodSeconds}. */
  public ObjectMeta withDeletionGracePeriodSeconds(@Nullable Long deletionGracePeriodSeconds) {
    return Shape.with(this, "deletionGracePeriodSeconds", deletionGracePeriodSeconds);
  }

  /** This with another {@code labels}. */
  public ObjectMeta withLabels(Map<String, String> labels) {
    return Shape.with(this, "labels", labels);
  }

  /** This with another {@code annotations}. */
  public ObjectMeta withAnnotations(Map<String, String> annotations) {
    return Shape.with(this, "annotations", annotations);
  }

  /** This with another {@code ownerReferences}. */
  public ObjectMeta withOwnerReferences(List<OwnerReference> ownerReferences) {
    return Shape.with(this, "ownerReferences", ownerReferences);
  }

  /** The metadata of an object of this name; everything else is absent. */
  public static ObjectMeta named(String namespace, String name) {
    return Shape.empty(ObjectMeta.class).withName(name).withNamespace(namespace);
  }

  /** This in the namespace {@code default} if it names none. */
  ObjectMeta inSomeNamespace() {
    return namespace.isEmpty() ? withNamespace("default") : this;
  }
}
