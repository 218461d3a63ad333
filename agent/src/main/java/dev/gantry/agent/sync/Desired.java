package dev.gantry.agent.sync;

import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.manifest.Replicas;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Which pods are wanted: a pure function of the declared objects. */
final class Desired {
  private static final String SOURCE = "kubernetes.io/config.source";

  private Desired() {}

  /**
   * The pods by uid. A pod of a file has an id made of all it says, so that another text is another
   * pod, as with the kubelet; of two with one name the first counts.
   */
  static Map<String, Pod> pods(List<KubeObject> fromFiles, List<KubeObject> applied) {
    Map<String, Pod> byName = new LinkedHashMap<>();
    for (KubeObject object : fromFiles) {
      switch (object) {
        case Pod pod -> add(byName, fromFile(pod));
        case Deployment deployment -> {
          String uid = uid("file", Json.write(deployment.metadata()));
          replicas(byName, withUid(deployment, uid));
        }
        default -> {
          // no pods come of it
        }
      }
    }
    for (KubeObject object : applied) {
      switch (object) {
        case Pod pod -> add(byName, pod);
        case Deployment deployment -> replicas(byName, deployment);
        default -> {
          // no pods come of it
        }
      }
    }
    Map<String, Pod> pods = new LinkedHashMap<>();
    byName.values().forEach(p -> pods.put(p.metadata().uid(), p));
    return pods;
  }

  private static void add(Map<String, Pod> byName, Pod pod) {
    byName.putIfAbsent(pod.metadata().namespace() + "/" + pod.metadata().name(), pod);
  }

  private static void replicas(Map<String, Pod> byName, Deployment deployment) {
    for (Pod pod : Replicas.of(deployment)) {
      String uid = uid(deployment.metadata().uid(), pod.metadata().name());
      add(byName, pod.withMetadata(pod.metadata().withUid(uid)));
    }
  }

  private static Deployment withUid(Deployment deployment, String uid) {
    return deployment.withMetadata(deployment.metadata().withUid(uid));
  }

  private static Pod fromFile(Pod pod) {
    ObjectMeta meta = pod.metadata();
    Map<String, String> annotations = new TreeMap<>(meta.annotations());
    annotations.put(SOURCE, "file");
    String uid = uid("file", Json.write(pod));
    return pod.withMetadata(meta.withUid(uid).withAnnotations(annotations));
  }

  private static String uid(String kind, String text) {
    return UUID.nameUUIDFromBytes((kind + "\n" + text).getBytes(StandardCharsets.UTF_8)).toString();
  }
}
