package dev.gantry.agent.pleg;

/**
 * Something that happened to a pod.
 *
 * @param containerId the container or sandbox
 */
public record PodEvent(String uid, Type type, String containerId) {
  /** What happened; the names are the kubelet's. */
  public enum Type {
    CONTAINER_STARTED,
    CONTAINER_DIED,
    CONTAINER_REMOVED,
    CONTAINER_CHANGED
  }
}
