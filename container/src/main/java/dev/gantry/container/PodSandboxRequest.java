package dev.gantry.container;

import dev.gantry.oci.runtime.LinuxResources;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pod's sandbox to be made.
 *
 * @param id the pod's
 * @param directory an existing private directory of the sandbox's
 * @param root directory that becomes the root of the sandbox's own, first process, read-only
 * @param command what that process runs; it should do nothing but reap
 * @param hostname of the pod
 * @param netns the pod's network namespace, or null for a pod in the host's network
 * @param pidNamespace names the PID namespace of that process to containers which share it
 * @param cgroupPath the sandbox's cgroup, a path below the hierarchies' roots
 * @param cgroupsPath the same as the cgroup driver wants it
 * @param resources limits of the sandbox with all that runs in it, null for none
 * @param annotations further ones for the runtime
 */
public record PodSandboxRequest(
    String id,
    Path directory,
    Path root,
    List<String> command,
    String hostname,
    @Nullable Path netns,
    Path pidNamespace,
    String cgroupPath,
    String cgroupsPath,
    @Nullable LinuxResources resources,
    Map<String, String> annotations) {
  public PodSandboxRequest {
    command = List.copyOf(command);
    annotations = Map.copyOf(annotations);
  }
}
