package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.ResolvedUser;
import dev.gantry.linux.namespace.IdMappings;
import dev.gantry.linux.namespace.NamespaceType;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The user namespace of a pod, for what is made for its containers.
 *
 * @param ids its ids
 * @param pin the file on which it is pinned
 */
public record UserMapping(IdMappings ids, Path pin) {
  private static final String FIELD = "linux.security_context.namespace_options";

  /** The one of that pod; null when it is in the node's. */
  public static @Nullable UserMapping of(SandboxOptions pod, SandboxPaths paths) {
    IdMappings ids = pod.ids();
    return ids == null ? null : new UserMapping(ids, paths.pin(NamespaceType.USER));
  }

  /**
   * Refuses what a container cannot have in its pod's user namespace.
   *
   * @throws CallFailure INVALID_ARGUMENT that names the field
   */
  static void check(ContainerOptions options) throws CallFailure {
    NamespaceOption asked = options.security().getNamespaceOptions();
    boolean sameAsPod =
        asked.getUsernsOptions().equals(options.pod().namespaces().getUsernsOptions());
    boolean podHasNone =
        options.pod().ids() == null && asked.getUsernsOptions().getMode() == NamespaceMode.NODE;
    if (asked.hasUsernsOptions() && !sameAsPod && !podHasNone) {
      throw CallFailure.invalid(
          FIELD + ".userns_options is not what the pod has; a container is in its pod's");
    }
    if (options.pod().ids() == null) {
      return;
    }
    if (asked.getPid() == NamespaceMode.NODE) {
      throw CallFailure.invalid(
          FIELD + ".pid NODE: not in a pod with a user namespace, which does not own that");
    }
    for (Mount mount : options.config().getMountsList()) {
      if (mount.getPropagation() == MountPropagation.PROPAGATION_BIDIRECTIONAL) {
        throw CallFailure.invalid(
            "mounts["
                + mount.getContainerPath()
                + "].propagation PROPAGATION_BIDIRECTIONAL: the kernel lets no mount out of a user"
                + " namespace");
      }
    }
  }

  /**
   * Refuses a user that the pod's user namespace does not have.
   *
   * @throws CallFailure INVALID_ARGUMENT that names the number
   */
  static void check(SandboxOptions pod, ResolvedUser user) throws CallFailure {
    IdMappings ids = pod.ids();
    if (ids == null) {
      return;
    }
    if (ids.hostUser(user.uid()) < 0) {
      throw unmapped("user", user.uid());
    }
    for (long group : user.additionalGids()) {
      if (ids.hostGroup(group) < 0) {
        throw unmapped("supplementary group", group);
      }
    }
    if (ids.hostGroup(user.gid()) < 0) {
      throw unmapped("group", user.gid());
    }
  }

  private static CallFailure unmapped(String what, long id) {
    return CallFailure.invalid(
        "linux.security_context: "
            + what
            + " "
            + id
            + " is not in the pod's user namespace; see "
            + FIELD
            + ".userns_options");
  }

  /** The number on the host of the pod's root. */
  public int rootUser() {
    return (int) ids.hostUser(0);
  }

  /** The number on the host of the pod's root group. */
  public int rootGroup() {
    return (int) ids.hostGroup(0);
  }
}
