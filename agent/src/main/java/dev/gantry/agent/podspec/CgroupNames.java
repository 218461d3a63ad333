package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Pod;
import java.util.ArrayList;
import java.util.List;

/** The cgroups of pods, as directories or as systemd's slices. */
public final class CgroupNames {
  private CgroupNames() {}

  /** The cgroup of a pod. */
  static String parent(Pod pod, NodeFacts node) {
    String uid = "pod" + pod.metadata().uid();
    return switch (Qos.of(pod.spec())) {
      case Guaranteed -> path(node, List.of("kubepods", uid));
      case Burstable -> path(node, List.of("kubepods", "burstable", uid));
      case BestEffort -> path(node, List.of("kubepods", "besteffort", uid));
    };
  }

  /**
   * A cgroup below the node's root, as {@code /kubepods/burstable} or {@code
   * /kubepods.slice/kubepods-burstable.slice}.
   */
  public static String path(NodeFacts node, List<String> names) {
    List<String> all = new ArrayList<>();
    for (String part : node.cgroupRoot().split("/", -1)) {
      if (!part.isEmpty()) {
        all.add(part);
      }
    }
    all.addAll(names);
    return node.systemdCgroups() ? slices(all) : "/" + String.join("/", all);
  }

  /** Every slice is below the one that its name begins with; a dash in a name is an underscore. */
  private static String slices(List<String> names) {
    StringBuilder path = new StringBuilder();
    StringBuilder slice = new StringBuilder();
    for (String name : names) {
      slice.append(slice.isEmpty() ? "" : "-").append(name.replace('-', '_'));
      path.append('/').append(slice).append(".slice");
    }
    return path.toString();
  }
}
