package dev.gantry.daemon.pod;

import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.namespace.IdMappings;
import io.grpc.Status;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a sandbox configuration asks for, read once and checked: every getter answers from the CRI
 * message, so that nothing is kept twice.
 */
public record SandboxOptions(PodSandboxConfig config) {
  private static final Pattern UNSAFE = Pattern.compile("[/\\x00-\\x1f\\x7f]");
  private static final Pattern NOT_HOST = Pattern.compile("[^a-z0-9-]");
  private static final int HOST_NAME_MAX = 63;

  /**
   * Checks what can be checked without touching the node.
   *
   * @throws CallFailure INVALID_ARGUMENT that names the field
   */
  public static SandboxOptions check(PodSandboxConfig config) throws CallFailure {
    if (!config.hasMetadata()) {
      throw CallFailure.invalid("run pod sandbox: config.metadata is missing");
    }
    PodSandboxMetadata metadata = config.getMetadata();
    checkName("metadata.name", metadata.getName(), true);
    checkName("metadata.namespace", metadata.getNamespace(), false);
    checkName("metadata.uid", metadata.getUid(), false);
    if (!config.getLogDirectory().isEmpty()) {
      checkAbsolute("log_directory", config.getLogDirectory());
    }
    if (config.getHostname().length() > HOST_NAME_MAX + 1
        || UNSAFE.matcher(config.getHostname()).find()) {
      throw CallFailure.invalid("hostname " + quoted(config.getHostname()) + " is no host name");
    }
    String parent = config.getLinux().getCgroupParent();
    if (!parent.isEmpty() && !parent.endsWith(".slice")) {
      checkAbsolute("linux.cgroup_parent", parent);
    }
    if (config.hasWindows()) {
      throw CallFailure.invalid("windows: this node runs pods of Linux; leave it out");
    }
    var options = new SandboxOptions(config);
    options.checkNamespaces();
    SandboxSysctls.check(config.getLinux().getSysctlsMap(), options);
    return options;
  }

  /** Refuses names that could be taken for paths or that would spoil a terminal. */
  public static void checkName(String field, String value, boolean required) throws CallFailure {
    if (value.isEmpty() && required) {
      throw CallFailure.invalid(field + " is empty");
    }
    if (value.equals(".") || value.equals("..") || UNSAFE.matcher(value).find()) {
      throw CallFailure.invalid(field + " " + quoted(value) + " must be a name, not a path");
    }
  }

  /**
   * Refuses a path that is relative or has a {@code ..} in it, or characters that this process has
   * no bytes for.
   */
  public static void checkAbsolute(String field, String value) throws CallFailure {
    boolean up = Arrays.asList(value.split("/", -1)).contains("..");
    if (!value.startsWith("/") || up || value.indexOf('\0') >= 0) {
      throw CallFailure.invalid(field + " " + quoted(value) + " must be absolute, without ..");
    }
    try {
      var _ = Path.of(value);
    } catch (InvalidPathException e) {
      throw new CallFailure(
          Status.Code.INVALID_ARGUMENT,
          field
              + " "
              + quoted(value)
              + " cannot be a path in the daemon's locale; start it with LC_ALL=C.UTF-8, as"
              + " bin/gantry does",
          e);
    }
  }

  private static String quoted(String value) {
    return '"' + value.replaceAll("[\\x00-\\x1f\\x7f]", "?") + '"';
  }

  private void checkNamespaces() throws CallFailure {
    var namespaces = security().getNamespaceOptions();
    if (!isPodOrNode(namespaces.getNetwork()) || !isPodOrNode(namespaces.getIpc())) {
      throw CallFailure.invalid(
          "linux.security_context.namespace_options: network and ipc are POD or NODE");
    }
    if (!isPodOrNode(namespaces.getPid()) && namespaces.getPid() != NamespaceMode.CONTAINER) {
      throw CallFailure.invalid(
          "linux.security_context.namespace_options: pid of a pod is POD, CONTAINER or NODE");
    }
    SandboxIds.check(namespaces);
  }

  private static boolean isPodOrNode(NamespaceMode mode) {
    return mode == NamespaceMode.POD || mode == NamespaceMode.NODE;
  }

  private LinuxSandboxSecurityContext security() {
    return config.getLinux().getSecurityContext();
  }

  /** Whether the pod uses the node's network. */
  public boolean hostNetwork() {
    return security().getNamespaceOptions().getNetwork() == NamespaceMode.NODE;
  }

  /** Whether the pod uses the node's System V IPC, message queues and {@code /dev/shm}. */
  public boolean hostIpc() {
    return security().getNamespaceOptions().getIpc() == NamespaceMode.NODE;
  }

  /** Whether containers that share the pod's processes see the node's. */
  public boolean hostPid() {
    return security().getNamespaceOptions().getPid() == NamespaceMode.NODE;
  }

  /** Whether the pod's containers share one PID namespace, which is CRI's default. */
  public boolean sharedPid() {
    return security().getNamespaceOptions().getPid() == NamespaceMode.POD;
  }

  /** The ids of the pod's user namespace; null when it is in the node's. */
  public @Nullable IdMappings ids() {
    return SandboxIds.of(security().getNamespaceOptions());
  }

  /** What the pod and its containers have of namespaces. */
  public NamespaceOption namespaces() {
    return security().getNamespaceOptions();
  }

  /** Whether containers of this pod may be privileged. */
  public boolean privileged() {
    return security().getPrivileged();
  }

  /**
   * The host name inside the pod: the one asked for, else one made from the pod's name. A pod in
   * the node's network has the node's.
   */
  public String hostname() {
    if (!config.getHostname().isEmpty()) {
      return config.getHostname();
    }
    String name =
        NOT_HOST.matcher(config.getMetadata().getName().toLowerCase(Locale.ROOT)).replaceAll("-");
    return name.substring(0, Math.min(name.length(), HOST_NAME_MAX));
  }

  /** The name by which a repeated RunPodSandbox is recognised: the four parts of the metadata. */
  public static String nameOf(PodSandboxConfig config) {
    PodSandboxMetadata m = config.getMetadata();
    return m.getNamespace()
        + "/"
        + m.getName()
        + " (uid "
        + m.getUid()
        + ", attempt "
        + m.getAttempt()
        + ")";
  }
}
