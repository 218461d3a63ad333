package dev.gantry.container;

import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Pids;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells systemd what a container's scope is to have that the runtimes do not tell it, by
 * annotations that both crun and runc know.
 *
 * @see <a
 *     href="https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html">
 *     systemd.resource-control(5)</a>
 */
final class ScopeProperties {
  /** Without it a scope gets DefaultTasksMax, 15 % of what the node can have. */
  static final String TASKS_MAX = "org.systemd.property.TasksMax";

  /** As systemd has it on D-Bus. */
  private static final String INFINITY = Long.toUnsignedString(-1);

  private ScopeProperties() {}

  /** The spec with the properties of its scope. */
  static RuntimeSpec apply(RuntimeSpec spec) {
    Linux linux = spec.linux();
    LinuxResources resources = linux == null ? null : linux.resources();
    Pids pids = resources == null ? null : resources.pids();
    String most = pids == null || pids.limit() <= 0 ? INFINITY : Long.toString(pids.limit());
    Map<String, String> annotations = new LinkedHashMap<>(spec.annotations());
    annotations.put(TASKS_MAX, "uint64 " + most);
    return spec.toBuilder().annotations(annotations).build();
  }
}
