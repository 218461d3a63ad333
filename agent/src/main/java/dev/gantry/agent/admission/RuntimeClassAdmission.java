package dev.gantry.agent.admission;

import dev.gantry.agent.api.Overhead;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Scheduling;
import dev.gantry.agent.podspec.PodConfigs;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** What a pod's RuntimeClass makes of it when it is created: the API server's admission plug-in. */
public final class RuntimeClassAdmission {
  private RuntimeClassAdmission() {}

  /**
   * Injects overhead, node selector and tolerations of the class, and notes its handler. Called
   * once, when the pod is new: whatever becomes of the class, the pod keeps what it was given.
   *
   * @param classes a class by its name
   */
  public static Decision admit(Pod pod, Function<String, Optional<RuntimeClass>> classes) {
    PodSpec spec = pod.spec();
    String name = spec.runtimeClassName();
    if (name.isEmpty()) {
      return spec.overhead().isEmpty()
          ? new Decision.Admitted(pod)
          : forbidden(pod, "Pod Overhead set without corresponding RuntimeClass defined Overhead");
    }
    Optional<RuntimeClass> found = classes.apply(name);
    if (found.isEmpty()) {
      return forbidden(pod, "RuntimeClass \"" + name + "\" not found");
    }
    RuntimeClass type = found.get();
    Map<String, Quantity> overhead = overhead(type);
    if (!spec.overhead().isEmpty() && !spec.overhead().equals(overhead)) {
      return forbidden(
          pod,
          overhead.isEmpty()
              ? "Pod Overhead set without corresponding RuntimeClass defined Overhead"
              : "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    Scheduling scheduling = type.scheduling();
    if (scheduling != null) {
      for (Map.Entry<String, String> label : scheduling.nodeSelector().entrySet()) {
        String own = spec.nodeSelector().get(label.getKey());
        if (own != null && !own.equals(label.getValue())) {
          return new Decision.Rejected("Forbidden", conflict(pod, label, own));
        }
      }
      spec = scheduled(spec, scheduling);
    }
    Map<String, String> annotations = new TreeMap<>(pod.metadata().annotations());
    annotations.put(PodConfigs.HANDLER_ANNOTATION, type.handler());
    return new Decision.Admitted(
        pod.withSpec(spec.withOverhead(overhead))
            .withMetadata(pod.metadata().withAnnotations(annotations)));
  }

  private static Map<String, Quantity> overhead(RuntimeClass type) {
    Overhead overhead = type.overhead();
    return overhead == null ? Map.of() : overhead.podFixed();
  }

  private static PodSpec scheduled(PodSpec spec, Scheduling scheduling) {
    Map<String, String> selector = new TreeMap<>(spec.nodeSelector());
    selector.putAll(scheduling.nodeSelector());
    return spec.withNodeSelector(selector)
        .withTolerations(Tolerations.merge(spec.tolerations(), scheduling.tolerations()));
  }

  private static Decision forbidden(Pod pod, String why) {
    return new Decision.Rejected(
        "Forbidden", "pods \"" + pod.metadata().name() + "\" is forbidden: pod rejected: " + why);
  }

  private static String conflict(Pod pod, Map.Entry<String, String> label, String own) {
    return "pods \""
        + pod.metadata().name()
        + "\" is forbidden: conflict: runtimeClass.scheduling.nodeSelector["
        + label.getKey()
        + "] = "
        + label.getValue()
        + "; pod.spec.nodeSelector["
        + label.getKey()
        + "] = "
        + own;
  }
}
