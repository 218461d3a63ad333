package dev.gantry.daemon.spec;

import dev.gantry.container.RuntimeInfo.Features;
import dev.gantry.daemon.container.ContainerOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.Device;
import dev.gantry.oci.runtime.Namespace;
import dev.gantry.oci.runtime.Seccomp;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a specification is made from.
 *
 * @param hostname for the environment
 * @param capabilities from {@link CapabilitySets}
 * @param namespaces which namespaces to join or to make
 * @param binds the request's mounts
 * @param features what the handler can do
 * @param devices the request's devices, or all of the host's when privileged
 * @param devicePermissions cgroup access of each device, as in {@code rwm}
 * @param seccomp the filter, nothing for unconfined
 * @param apparmorProfile the loaded profile's name, nothing for none
 * @param allowedAnnotations names that the handler's configuration lets through
 * @param limits those of the node's configuration
 */
public record SpecInput(
    String id,
    ContainerOptions options,
    ImageConfig image,
    ResolvedUser user,
    String hostname,
    Capabilities capabilities,
    List<Namespace> namespaces,
    SandboxPaths pod,
    String cgroupsPath,
    Path rootfs,
    List<BindMount> binds,
    Features features,
    List<Device> devices,
    List<String> devicePermissions,
    @Nullable Seccomp seccomp,
    @Nullable String apparmorProfile,
    List<String> allowedAnnotations,
    NodeLimits limits,
    HostFacts host) {
  public SpecInput {
    namespaces = List.copyOf(namespaces);
    binds = List.copyOf(binds);
    devices = List.copyOf(devices);
    devicePermissions = List.copyOf(devicePermissions);
    allowedAnnotations = List.copyOf(allowedAnnotations);
  }
}
