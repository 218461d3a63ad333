package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.rpc.CallFailure;

/** Refuses what a pod's sandbox of its own kernel cannot have of the node. */
public final class GuestChecks {
  private static final String NAMESPACES = "linux.security_context.namespace_options.";

  private GuestChecks() {}

  /** Checks a pod for a handler; one without sandboxes takes everything. */
  public static void pod(ContainerRuntime runtime, SandboxOptions options) throws CallFailure {
    if (!runtime.info().features().podSandbox()) {
      return;
    }
    if (options.hostPid()) {
      throw refused(runtime, NAMESPACES + "pid NODE", "its pods do not see the node's processes");
    }
    if (options.hostIpc()) {
      throw refused(runtime, NAMESPACES + "ipc NODE", "its pods have a kernel of their own");
    }
    if (options.config().getLinux().getSysctlsCount() > 0) {
      throw refused(runtime, "linux.sysctls", "the kernel of its pods has none");
    }
  }

  /** Checks a container for a handler. */
  public static void container(ContainerRuntime runtime, ContainerOptions options)
      throws CallFailure {
    if (!runtime.info().features().podSandbox()) {
      return;
    }
    if (options.pidMode() == NamespaceMode.NODE) {
      throw refused(runtime, NAMESPACES + "pid NODE", "its pods do not see the node's processes");
    }
    for (var mount : options.config().getMountsList()) {
      if (!mount.hasImage() && mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
        throw refused(
            runtime,
            "mounts.propagation of " + mount.getContainerPath(),
            "its pods have a mount table of their own");
      }
    }
  }

  private static CallFailure refused(ContainerRuntime runtime, String field, String why) {
    return CallFailure.unimplemented(
        field
            + ": runtime handler "
            + runtime.handler()
            + " ("
            + runtime.info().name()
            + ") does not offer it: "
            + why);
  }
}
