package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.UserNamespace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the runtime is asked for: the kubelet's configurations of sandboxes and containers. */
@SuppressWarnings("DoNotCallSuggester")
public final class PodConfigs {
  /** Keeps the handler with the pod whatever becomes of its class; not given to the runtime. */
  public static final String HANDLER_ANNOTATION = "gantry.dev/runtime-handler";

  private PodConfigs() {}

  /**
   * The configuration of a sandbox.
   *
   * @param attempt how many sandboxes the pod had before
   * @param userns its user namespace, for {@code hostUsers: false}
   */
  public static PodSandboxConfig sandbox(
      Pod pod, int attempt, @Nullable UserNamespace userns, NodeFacts node)
      throws ContainerConfigException {
    throw new UnsupportedOperationException(pod.reference() + attempt + (userns == null) + node);
  }

  /**
   * The configuration of a container.
   *
   * @throws ContainerConfigException as for a container that has to run as non-root and would not
   */
  public static ContainerConfig container(
      Pod pod, Container container, ContainerInputs inputs, NodeFacts node)
      throws ContainerConfigException {
    throw new UnsupportedOperationException(pod.reference() + container + inputs + node);
  }

  /** The handler for RunPodSandbox: that of the pod's RuntimeClass, empty for the default one. */
  public static String runtimeHandler(Pod pod) {
    return pod.metadata().annotations().getOrDefault(HANDLER_ANNOTATION, "");
  }

  /** The pod's cgroup, as {@code /kubepods/burstable/podUID} or a systemd slice. */
  public static String cgroupParent(Pod pod, NodeFacts node) {
    String uid = "pod" + pod.metadata().uid();
    List<String> names =
        switch (Qos.of(pod.spec())) {
          case Guaranteed -> List.of("kubepods", uid);
          case Burstable -> List.of("kubepods", "burstable", uid);
          case BestEffort -> List.of("kubepods", "besteffort", uid);
        };
    return node.systemdCgroups()
        ? slice(names)
        : node.cgroupRoot().replaceAll("/$", "") + "/" + String.join("/", names);
  }

  /** Every slice is below the one that its name begins with; a dash in a name is an underscore. */
  private static String slice(List<String> names) {
    StringBuilder path = new StringBuilder();
    String slice = "";
    for (String name : names) {
      slice += (slice.isEmpty() ? "" : "-") + name.replace('-', '_');
      path.append('/').append(slice).append(".slice");
    }
    return path.toString();
  }
}
