package dev.gantry.daemon.spec;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which annotations may reach an OCI runtime. Some make it write files of the host or drop the
 * seccomp profile, so that those names are Gantry's alone, whatever a configuration says.
 */
public final class AnnotationNames {
  private static final List<String> RESERVED =
      List.of(
          "run.oci.",
          "org.systemd.property.",
          // Would put a container into another pod's sandbox, or a sandbox into any cgroup.
          "io.kubernetes.cri.",
          "dev.gvisor.spec.cgroup-parent");

  private AnnotationNames() {}

  /** Whether only Gantry may set annotations of that name or pattern. */
  public static boolean reserved(String name) {
    return RESERVED.stream().anyMatch(name::startsWith);
  }

  /** Whether one of the patterns allows the name; {@code *} in it stands for anything. */
  public static boolean allowed(String name, List<String> allowed) {
    return !reserved(name) && allowed.stream().anyMatch(pattern -> matches(pattern, name));
  }

  /** Those of the annotations whose names the patterns allow, in the order of their names. */
  public static SortedMap<String, String> kept(
      Map<String, String> annotations, List<String> allowed) {
    var kept = new TreeMap<>(annotations);
    kept.keySet().removeIf(name -> !allowed(name, allowed));
    return kept;
  }

  private static boolean matches(String pattern, String name) {
    String[] parts = pattern.split("\\*", -1);
    String first = parts[0];
    String last = parts[parts.length - 1];
    if (parts.length == 1) {
      return name.equals(pattern);
    }
    if (!name.startsWith(first)) {
      return false;
    }
    int at = first.length();
    for (int i = 1; i < parts.length - 1; i++) {
      int found = name.indexOf(parts[i], at);
      if (found < 0) {
        return false;
      }
      at = found + parts[i].length();
    }
    return name.length() - last.length() >= at && name.endsWith(last);
  }
}
