package dev.gantry.daemon.container;

import dev.gantry.cri.v1.CDIDevice;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.Signal;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.daemon.cdi.CdiDevices;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.AnnotationNames;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What a container configuration asks for, read once and checked against what its pod allows: every
 * getter answers from the CRI message, so that nothing is kept twice.
 */
public record ContainerOptions(ContainerConfig config, SandboxOptions pod) {
  private static final String CDI_ANNOTATION = "cdi.k8s.io/";

  /** -1 of 32 bits is no id. */
  private static final long MAX_ID = 0xffff_fffeL;

  private static final String NAMESPACES = "linux.security_context.namespace_options.";

  /**
   * Checks what can be checked without touching the node.
   *
   * @throws CallFailure INVALID_ARGUMENT or UNIMPLEMENTED that names the field
   */
  public static ContainerOptions check(ContainerConfig config, SandboxOptions pod)
      throws CallFailure {
    if (!config.hasMetadata()) {
      throw CallFailure.invalid("create container: config.metadata is missing");
    }
    SandboxOptions.checkName("metadata.name", config.getMetadata().getName(), true);
    if (config.getImage().getImage().isEmpty()) {
      throw CallFailure.invalid("create container: config.image.image is empty");
    }
    if (config.hasWindows()) {
      throw CallFailure.invalid("windows: this node runs containers of Linux; leave it out");
    }
    if (config.getStopSignal() == Signal.UNRECOGNIZED) {
      throw CallFailure.invalid("stop_signal " + config.getStopSignalValue() + " is unknown");
    }
    checkLogPath(config.getLogPath(), pod);
    if (!config.getWorkingDir().isEmpty()) {
      SandboxOptions.checkAbsolute("working_dir", config.getWorkingDir());
    }
    for (Mount mount : config.getMountsList()) {
      checkMount(mount, pod);
    }
    for (CDIDevice device : config.getCDIDevicesList()) {
      CdiDevices.checkName(device.getName());
    }
    var options = new ContainerOptions(config, pod);
    options.checkSecurity();
    UserMapping.check(options);
    return options;
  }

  private static void checkLogPath(String path, SandboxOptions pod) throws CallFailure {
    if (path.isEmpty()) {
      return;
    }
    if (pod.config().getLogDirectory().isEmpty()) {
      throw CallFailure.invalid("log_path is set but the pod has no log_directory");
    }
    SandboxOptions.checkAbsolute("log_path", "/" + path);
  }

  private static void checkMount(Mount mount, SandboxOptions pod) throws CallFailure {
    String field = "mounts[" + mount.getContainerPath() + "]";
    SandboxOptions.checkAbsolute(field + ".container_path", mount.getContainerPath());
    if (mount.hasImage()) {
      ImageVolumes.check(field, mount);
    } else if (!mount.getImageSubPath().isEmpty()) {
      throw CallFailure.invalid(field + ".image_sub_path needs image");
    } else {
      SandboxOptions.checkAbsolute(field + ".host_path", mount.getHostPath());
    }
    if (mount.getPropagation() == MountPropagation.UNRECOGNIZED) {
      throw CallFailure.invalid(
          field + ".propagation " + mount.getPropagationValue() + " is unknown");
    }
    MappedVolumes.check(field, mount, pod.ids());
    if (mount.getRecursiveReadOnly()
        && (!mount.getReadonly()
            || mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE)) {
      throw CallFailure.invalid(
          field + ".recursive_read_only needs readonly and PROPAGATION_PRIVATE");
    }
    MountOptions.check(field, mount.getMountOptionsList());
  }

  private void checkSecurity() throws CallFailure {
    LinuxContainerSecurityContext security = security();
    if (security.getPrivileged() && !pod.privileged()) {
      throw CallFailure.invalid(
          "linux.security_context.privileged: the pod sandbox is not privileged");
    }
    if (security.hasRunAsUser() && !security.getRunAsUsername().isEmpty()) {
      throw CallFailure.invalid(
          "linux.security_context: run_as_user and run_as_username exclude each other");
    }
    if (security.hasRunAsGroup()
        && !security.hasRunAsUser()
        && security.getRunAsUsername().isEmpty()) {
      throw CallFailure.invalid(
          "linux.security_context.run_as_group needs run_as_user or run_as_username");
    }
    if (security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.UNRECOGNIZED) {
      throw CallFailure.invalid(
          "linux.security_context.supplemental_groups_policy "
              + security.getSupplementalGroupsPolicyValue()
              + " is unknown");
    }
    for (long group : security.getSupplementalGroupsList()) {
      if (group < 0 || group > MAX_ID) {
        throw CallFailure.invalid(
            "linux.security_context.supplemental_groups: " + group + " is no group");
      }
    }
    checkNamespaces(security.getNamespaceOptions());
  }

  /** Network and IPC are the pod's, so that a container can but agree. */
  private void checkNamespaces(NamespaceOption asked) throws CallFailure {
    checkShared("network", asked.getNetwork(), pod.hostNetwork());
    checkShared("ipc", asked.getIpc(), pod.hostIpc());
    if (asked.getPid() == NamespaceMode.UNRECOGNIZED) {
      throw CallFailure.invalid(NAMESPACES + "pid " + asked.getPidValue() + " is unknown");
    }
    if (asked.getPid() == NamespaceMode.TARGET && asked.getTargetId().isEmpty()) {
      throw CallFailure.invalid(NAMESPACES + "target_id is empty with pid TARGET");
    }
  }

  private static void checkShared(String field, NamespaceMode asked, boolean ofNode)
      throws CallFailure {
    if (asked != NamespaceMode.POD && !(asked == NamespaceMode.NODE && ofNode)) {
      throw CallFailure.invalid(
          NAMESPACES
              + field
              + " is not the pod's, which is "
              + (ofNode ? "NODE" : "POD")
              + "; a container shares that of its pod");
    }
  }

  /** The security context, of defaults where the request has none. */
  public LinuxContainerSecurityContext security() {
    return config.getLinux().getSecurityContext();
  }

  /** Whether the container has all of the node's devices and capabilities. */
  public boolean privileged() {
    return security().getPrivileged();
  }

  /** Which PID namespace: the container's own, the pod's, the node's or that of a target. */
  public NamespaceMode pidMode() {
    NamespaceMode asked = security().getNamespaceOptions().getPid();
    return asked == NamespaceMode.POD && pod.hostPid() ? NamespaceMode.NODE : asked;
  }

  /**
   * The names of the CDI devices: of the field, else of the annotations with which older kubelets
   * pass them on, where the handler lets those through.
   */
  List<String> cdiDevices(List<String> allowedAnnotations) throws CallFailure {
    if (config.getCDIDevicesCount() > 0) {
      return config.getCDIDevicesList().stream().map(CDIDevice::getName).toList();
    }
    var names = new ArrayList<String>();
    for (var annotation : new TreeMap<>(config.getAnnotationsMap()).entrySet()) {
      if (annotation.getKey().startsWith(CDI_ANNOTATION)
          && AnnotationNames.allowed(annotation.getKey(), allowedAnnotations)) {
        for (String name : annotation.getValue().split(",", -1)) {
          CdiDevices.checkName(name);
          names.add(name);
        }
      }
    }
    return names;
  }

  /** The name by which a repeated CreateContainer is recognised. */
  public static String nameOf(String podId, ContainerConfig config) {
    return config.getMetadata().getName()
        + " (attempt "
        + config.getMetadata().getAttempt()
        + ") of pod "
        + podId;
  }
}
