package dev.gantry.cli.local;

import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxConfigOrBuilder;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SecurityProfile;
import java.nio.file.Path;

/** Configurations of pods and containers as a kubelet would send them. */
public final class PodConfigs {
  private static final String POD_UID = "io.kubernetes.pod.uid";
  private static final String CONTAINER_NAME = "io.kubernetes.container.name";

  private PodConfigs() {}

  /**
   * A pod whose containers have PID namespaces of their own, as the kubelet's have.
   *
   * @param uid as the API server would give it
   * @param logs directory of its containers' logs
   * @param hostNetwork whether it uses the machine's network instead of one of its own
   */
  public static PodSandboxConfig.Builder pod(
      String name, String namespace, String uid, Path logs, boolean hostNetwork) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName(name).setNamespace(namespace).setUid(uid))
        .setHostname(hostNetwork ? "" : name)
        .setLogDirectory(logs.toString())
        .putLabels(ContainerQuery.POD_NAME, name)
        .putLabels(ContainerQuery.POD_NAMESPACE, namespace)
        .putLabels(POD_UID, uid)
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(namespaces(hostNetwork))
                        .setSeccomp(runtimeDefault())));
  }

  /** A container of a pod of {@link #pod}; its log is {@code <name>.log} in the pod's directory. */
  public static ContainerConfig.Builder container(
      PodSandboxConfigOrBuilder pod, String name, String image) {
    boolean hostNetwork =
        pod.getLinux().getSecurityContext().getNamespaceOptions().getNetwork()
            == NamespaceMode.NODE;
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(image).setUserSpecifiedImage(image))
        .setLogPath(name + ".log")
        .setLinux(
            LinuxContainerConfig.newBuilder().setSecurityContext(securityContext(hostNetwork)))
        .putAllLabels(pod.getLabelsMap())
        .putLabels(CONTAINER_NAME, name);
  }

  private static LinuxContainerSecurityContext.Builder securityContext(boolean hostNetwork) {
    return LinuxContainerSecurityContext.newBuilder()
        .setNamespaceOptions(namespaces(hostNetwork))
        .setSeccomp(runtimeDefault());
  }

  private static SecurityProfile.Builder runtimeDefault() {
    return SecurityProfile.newBuilder().setProfileType(SecurityProfile.ProfileType.RuntimeDefault);
  }

  // CRI wants to hear a pod's namespaces again with each container.
  private static NamespaceOption.Builder namespaces(boolean hostNetwork) {
    return NamespaceOption.newBuilder()
        .setNetwork(hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD)
        .setPid(NamespaceMode.CONTAINER);
  }
}
