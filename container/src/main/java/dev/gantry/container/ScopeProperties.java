package dev.gantry.container;

import dev.gantry.linux.process.Spawn;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Memory;
import dev.gantry.oci.runtime.Pids;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd what a container's scope is to have that the runtimes do not tell it: at the start
 * by annotations that both crun and runc know. What systemd does not know of it undoes when it
 * reloads its units.
 *
 * @see <a
 *     href="https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html">
 *     systemd.resource-control(5)</a>
 */
final class ScopeProperties {
  private static final String ANNOTATION = "org.systemd.property.";

  /** Without it a scope gets DefaultTasksMax, 15 % of what the node can have. */
  private static final String TASKS_MAX = "TasksMax";

  /** What runc tells systemd but when it is zero. */
  private static final String SWAP_MAX = "MemorySwapMax";

  /** As systemd has it on D-Bus. */
  private static final String INFINITY = Long.toUnsignedString(-1);

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_OUTPUT_BYTES = 16 << 10;

  private ScopeProperties() {}

  /** The spec with the properties of its scope. */
  static RuntimeSpec apply(RuntimeSpec spec, RuntimeFlavor flavor) {
    Linux linux = spec.linux();
    LinuxResources resources = linux == null ? null : linux.resources();
    Pids pids = resources == null ? null : resources.pids();
    String most = pids == null || pids.limit() <= 0 ? INFINITY : Long.toString(pids.limit());
    Map<String, String> annotations = new LinkedHashMap<>(spec.annotations());
    annotations.put(ANNOTATION + TASKS_MAX, "uint64 " + most);
    if (leavesOutSwap(resources, flavor)) {
      annotations.put(ANNOTATION + SWAP_MAX, "uint64 0");
    }
    return spec.toBuilder().annotations(annotations).build();
  }

  /** Tells systemd of limits that the runtime has changed. */
  static void update(String cgroupPath, LinuxResources resources, RuntimeFlavor flavor)
      throws IOException {
    if (!leavesOutSwap(resources, flavor)) {
      return;
    }
    String scope = Path.of(cgroupPath).getFileName().toString();
    Spawn.Result result =
        Spawn.of("systemctl", "set-property", "--runtime", scope, SWAP_MAX + "=0")
            .run(PATIENCE, MAX_OUTPUT_BYTES);
    if (!result.success()) {
      throw new IOException("systemctl set-property " + scope + ": " + result.stderr().strip());
    }
  }

  /** Whether no swap is allowed and runc does not say so; crun's limits are below the scope. */
  private static boolean leavesOutSwap(@Nullable LinuxResources resources, RuntimeFlavor flavor) {
    Memory memory = resources == null ? null : resources.memory();
    return flavor == RuntimeFlavor.RUNC
        && memory != null
        && memory.limit() != null
        && memory.limit() > 0
        && memory.limit().equals(memory.swap());
  }
}
