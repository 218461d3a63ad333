package dev.gantry.agent.podspec;

import dev.gantry.agent.api.AppArmorProfile;
import dev.gantry.agent.api.AppArmorProfileType;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSecurityContext;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.ProcMountType;
import dev.gantry.agent.api.SELinuxOptions;
import dev.gantry.agent.api.SeccompProfile;
import dev.gantry.agent.api.SecurityContext;
import dev.gantry.agent.api.Shape;
import dev.gantry.cri.v1.Capability;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.SELinuxOption;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.cri.v1.UserNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who sandboxes and containers run as and what they may do. */
final class SecurityContexts {
  private static final SecurityContext NONE = Shape.empty(SecurityContext.class);
  private static final SecurityProfile RUNTIME_DEFAULT =
      SecurityProfile.newBuilder()
          .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)
          .build();
  private static final SecurityProfile UNCONFINED =
      SecurityProfile.newBuilder().setProfileType(SecurityProfile.ProfileType.Unconfined).build();

  private SecurityContexts() {}

  static LinuxSandboxSecurityContext ofSandbox(PodSpec spec, @Nullable UserNamespace userns) {
    PodSecurityContext pod = spec.securityContext();
    LinuxSandboxSecurityContext.Builder context =
        LinuxSandboxSecurityContext.newBuilder()
            .setPrivileged(hasPrivileged(spec))
            .setSeccomp(RUNTIME_DEFAULT)
            .setNamespaceOptions(namespaces(spec, userns))
            .addAllSupplementalGroups(groups(pod))
            .setSupplementalGroupsPolicy(groupsPolicy(pod));
    if (pod.runAsUser() != null) {
      context.setRunAsUser(value(pod.runAsUser()));
    }
    if (pod.runAsGroup() != null) {
      context.setRunAsGroup(value(pod.runAsGroup()));
    }
    if (pod.seLinuxOptions() != null) {
      context.setSelinuxOptions(label(pod.seLinuxOptions()));
    }
    return context.build();
  }

  static LinuxContainerSecurityContext ofContainer(
      Pod pod, Container container, ContainerInputs inputs, NodeFacts node) {
    PodSecurityContext ofPod = pod.spec().securityContext();
    SecurityContext own = container.securityContext() == null ? NONE : container.securityContext();
    LinuxContainerSecurityContext.Builder context =
        LinuxContainerSecurityContext.newBuilder()
            .setPrivileged(Boolean.TRUE.equals(own.privileged()))
            .setReadonlyRootfs(Boolean.TRUE.equals(own.readOnlyRootFilesystem()))
            .setNoNewPrivs(Boolean.FALSE.equals(own.allowPrivilegeEscalation()))
            .setNamespaceOptions(ofTarget(namespaces(pod.spec(), inputs.userns()), inputs))
            .addAllSupplementalGroups(groups(ofPod))
            .setSupplementalGroupsPolicy(groupsPolicy(ofPod))
            .setSeccomp(seccomp(own, ofPod, node));
    setUser(context, own, ofPod, inputs);
    if (own.procMount() != ProcMountType.Unmasked) {
      context.addAllMaskedPaths(ProcPaths.masked()).addAllReadonlyPaths(ProcPaths.READ_ONLY);
    }
    if (own.capabilities() != null) {
      context.setCapabilities(
          Capability.newBuilder()
              .addAllAddCapabilities(own.capabilities().add())
              .addAllDropCapabilities(own.capabilities().drop()));
    }
    SELinuxOptions label =
        own.seLinuxOptions() == null ? ofPod.seLinuxOptions() : own.seLinuxOptions();
    if (label != null) {
      context.setSelinuxOptions(label(label));
    }
    AppArmorProfile profile =
        own.appArmorProfile() == null ? ofPod.appArmorProfile() : own.appArmorProfile();
    if (profile != null) {
      setAppArmor(context, profile);
    }
    return context.build();
  }

  /** Refuses a container that has to run as non-root and would run as root, or might. */
  static void checkNonRoot(Pod pod, Container container, ContainerInputs inputs)
      throws ContainerConfigException {
    PodSecurityContext ofPod = pod.spec().securityContext();
    SecurityContext own = container.securityContext() == null ? NONE : container.securityContext();
    Boolean nonRoot = own.runAsNonRoot() == null ? ofPod.runAsNonRoot() : own.runAsNonRoot();
    if (!Boolean.TRUE.equals(nonRoot)) {
      return;
    }
    Long user = own.runAsUser() == null ? ofPod.runAsUser() : own.runAsUser();
    String problem = null;
    if (user != null) {
      problem = user == 0 ? "container's runAsUser breaks non-root policy" : null;
    } else if (inputs.imageUid() != null) {
      problem =
          inputs.imageUid() == 0 ? "container has runAsNonRoot and image will run as root" : null;
    } else if (!inputs.imageUsername().isEmpty()) {
      problem =
          "container has runAsNonRoot and image has non-numeric user ("
              + inputs.imageUsername()
              + "), cannot verify user is non-root";
    }
    if (problem != null) {
      throw new ContainerConfigException(
          problem
              + " (pod: \""
              + pod.metadata().name()
              + "_"
              + pod.metadata().namespace()
              + "("
              + pod.metadata().uid()
              + ")\", container: "
              + container.name()
              + ")");
    }
  }

  private static void setUser(
      LinuxContainerSecurityContext.Builder context,
      SecurityContext own,
      PodSecurityContext ofPod,
      ContainerInputs inputs) {
    Long user = own.runAsUser() == null ? ofPod.runAsUser() : own.runAsUser();
    Long group = own.runAsGroup() == null ? ofPod.runAsGroup() : own.runAsGroup();
    if (user != null) {
      context.setRunAsUser(value(user));
    } else {
      if (inputs.imageUid() != null) {
        context.setRunAsUser(value(inputs.imageUid()));
      }
      context.setRunAsUsername(inputs.imageUsername());
    }
    if (group != null) {
      context.setRunAsGroup(value(group));
    }
  }

  private static NamespaceOption namespaces(PodSpec spec, @Nullable UserNamespace userns) {
    NamespaceMode pid =
        Boolean.TRUE.equals(spec.shareProcessNamespace())
            ? NamespaceMode.POD
            : NamespaceMode.CONTAINER;
    return NamespaceOption.newBuilder()
        .setNetwork(spec.hostNetwork() ? NamespaceMode.NODE : NamespaceMode.POD)
        .setIpc(spec.hostIPC() ? NamespaceMode.NODE : NamespaceMode.POD)
        .setPid(spec.hostPID() ? NamespaceMode.NODE : pid)
        .setUsernsOptions(
            userns == null
                ? UserNamespace.newBuilder().setMode(NamespaceMode.NODE).build()
                : userns)
        .build();
  }

  /** An ephemeral container sees the processes of the one it is to look into. */
  private static NamespaceOption ofTarget(NamespaceOption namespaces, ContainerInputs inputs) {
    String target = inputs.targetContainerId();
    return target == null || namespaces.getPid() != NamespaceMode.CONTAINER
        ? namespaces
        : namespaces.toBuilder().setPid(NamespaceMode.TARGET).setTargetId(target).build();
  }

  private static boolean hasPrivileged(PodSpec spec) {
    return Stream.of(
            spec.containers().stream(),
            spec.initContainers().stream(),
            spec.ephemeralContainers().stream().map(ephemeral -> ephemeral.container()))
        .flatMap(stream -> stream)
        .map(Container::securityContext)
        .anyMatch(context -> context != null && Boolean.TRUE.equals(context.privileged()));
  }

  private static List<Long> groups(PodSecurityContext pod) {
    List<Long> groups = new ArrayList<>();
    if (pod.fsGroup() != null) {
      groups.add(pod.fsGroup());
    }
    groups.addAll(pod.supplementalGroups());
    return groups;
  }

  private static SupplementalGroupsPolicy groupsPolicy(PodSecurityContext pod) {
    return switch (pod.supplementalGroupsPolicy()) {
      case Strict -> SupplementalGroupsPolicy.Strict;
      case Merge -> SupplementalGroupsPolicy.Merge;
      case null -> SupplementalGroupsPolicy.Merge;
    };
  }

  private static SecurityProfile seccomp(
      SecurityContext own, PodSecurityContext ofPod, NodeFacts node) {
    SeccompProfile profile =
        own.seccompProfile() == null ? ofPod.seccompProfile() : own.seccompProfile();
    if (profile == null) {
      return UNCONFINED;
    }
    return switch (profile.type()) {
      case Unconfined -> UNCONFINED;
      case RuntimeDefault -> RUNTIME_DEFAULT;
      case Localhost ->
          SecurityProfile.newBuilder()
              .setProfileType(SecurityProfile.ProfileType.Localhost)
              .setLocalhostRef(
                  node.seccompProfiles()
                      .resolve(String.valueOf(profile.localhostProfile()))
                      .toString())
              .build();
    };
  }

  @SuppressWarnings("deprecation") // runtimes that are older than the field read the string
  private static void setAppArmor(
      LinuxContainerSecurityContext.Builder context, AppArmorProfile profile) {
    AppArmorProfileType type = profile.type();
    switch (type) {
      case Unconfined -> context.setApparmor(UNCONFINED).setApparmorProfile("unconfined");
      case RuntimeDefault ->
          context.setApparmor(RUNTIME_DEFAULT).setApparmorProfile("runtime/default");
      case Localhost ->
          context
              .setApparmor(
                  SecurityProfile.newBuilder()
                      .setProfileType(SecurityProfile.ProfileType.Localhost)
                      .setLocalhostRef(String.valueOf(profile.localhostProfile())))
              .setApparmorProfile("localhost/" + profile.localhostProfile());
    }
  }

  private static SELinuxOption label(SELinuxOptions options) {
    return SELinuxOption.newBuilder()
        .setUser(options.user())
        .setRole(options.role())
        .setType(options.type())
        .setLevel(options.level())
        .build();
  }

  private static Int64Value value(long value) {
    return Int64Value.newBuilder().setValue(value).build();
  }
}
