package dev.gantry.agent.manifest;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of objects there are, and what to do about those there are not. */
final class Kinds {
  /**
   * A kind that is supported.
   *
   * @param type its record
   * @param apiVersion the group and version to write
   */
  record Kind(Class<?> type, String apiVersion) {}

  private static final Map<String, Kind> SUPPORTED =
      Map.of(
          "Pod", new Kind(Pod.class, "v1"),
          "ConfigMap", new Kind(ConfigMap.class, "v1"),
          "Secret", new Kind(Secret.class, "v1"),
          "RuntimeClass", new Kind(RuntimeClass.class, "node.k8s.io/v1"),
          "Deployment", new Kind(Deployment.class, "apps/v1"));

  private static final String NO_API = "there is no API server that pods could talk to; remove it";
  private static final String NO_CLAIMS =
      "use a hostPath volume for data that stays, an emptyDir for data that does not";

  private static final Map<String, String> REMEDIES =
      Map.ofEntries(
          Map.entry(
              "Service", "publish a port with hostPort, or use port-forward; remove the Service"),
          Map.entry("Ingress", "publish a port with hostPort"),
          Map.entry("StatefulSet", "use a Deployment, or one Pod for each replica"),
          Map.entry("ReplicaSet", "use a Deployment"),
          Map.entry("ReplicationController", "use a Deployment"),
          Map.entry("DaemonSet", "on one node a Deployment with replicas: 1 does the same"),
          Map.entry("Job", "use a Pod with restartPolicy: OnFailure"),
          Map.entry("CronJob", "start a Pod with restartPolicy: Never by a timer of the node"),
          Map.entry("PersistentVolumeClaim", NO_CLAIMS),
          Map.entry("PersistentVolume", NO_CLAIMS),
          Map.entry("StorageClass", NO_CLAIMS),
          Map.entry("Namespace", "a namespace is there as soon as an object names it; remove it"),
          Map.entry("ServiceAccount", NO_API),
          Map.entry("Role", NO_API),
          Map.entry("RoleBinding", NO_API),
          Map.entry("ClusterRole", NO_API),
          Map.entry("ClusterRoleBinding", NO_API),
          Map.entry("CustomResourceDefinition", NO_API),
          Map.entry("NetworkPolicy", "restrict traffic with the node's firewall; remove it"),
          Map.entry("HorizontalPodAutoscaler", "set replicas by hand; remove it"),
          Map.entry("PodDisruptionBudget", "nothing evicts pods for maintenance here; remove it"),
          Map.entry("LimitRange", "write the limits into the pods; remove it"),
          Map.entry("ResourceQuota", "write the limits into the pods; remove it"),
          Map.entry("PriorityClass", "pods have no priorities here; remove it"));

  private Kinds() {}

  /** The kind, or null with the problem reported. */
  static @Nullable Kind find(String apiVersion, String kind, Report report) {
    Kind found = SUPPORTED.get(kind);
    if (found == null) {
      report.add(
          "kind",
          "\""
              + kind
              + "\" is not supported: "
              + REMEDIES.getOrDefault(
                  kind, "there are Pod, ConfigMap, Secret, RuntimeClass and Deployment"));
      return null;
    }
    if (!found.apiVersion.equals(apiVersion)) {
      report.add(
          "apiVersion",
          "no kind \"" + kind + "\" in version \"" + apiVersion + "\": write " + found.apiVersion);
      return null;
    }
    return found;
  }
}
