package dev.gantry.agent.http;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.source.ObjectKey;

/**
 * What became of one object that was applied.
 *
 * @param outcome {@code created}, {@code configured}, {@code replaced}, {@code unchanged} or {@code
 *     refused}
 * @param message why it was refused
 * @param uid of the object as it is now; empty when it was refused
 */
public record Applied(
    String kind, String namespace, String name, String outcome, String message, String uid) {
  public static Applied of(KubeObject object, String outcome) {
    ObjectKey key = ObjectKey.of(object);
    String uid = object.metadata().uid();
    return new Applied(key.kind(), key.namespace(), key.name(), outcome, "", uid);
  }

  public static Applied refused(KubeObject object, String outcome, String message) {
    ObjectKey key = ObjectKey.of(object);
    return new Applied(key.kind(), key.namespace(), key.name(), outcome, message, "");
  }
}
