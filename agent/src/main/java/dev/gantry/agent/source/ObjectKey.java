package dev.gantry.agent.source;

import dev.gantry.agent.api.KubeObject;

/**
 * Which object it is.
 *
 * @param namespace empty for what has none
 */
public record ObjectKey(String kind, String namespace, String name) {
  /** The key of an object. */
  public static ObjectKey of(KubeObject object) {
    return new ObjectKey(object.kind(), object.metadata().namespace(), object.metadata().name());
  }

  /** A name for a file: kinds and names have no underscore. */
  String file() {
    return kind + "_" + namespace + "_" + name;
  }

  /** As kubectl writes it: {@code pod/web}. */
  @Override
  public String toString() {
    return kind.toLowerCase(java.util.Locale.ROOT) + "/" + name;
  }
}
