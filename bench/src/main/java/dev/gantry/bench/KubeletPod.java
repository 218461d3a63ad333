package dev.gantry.bench;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SecurityProfile;
import java.nio.file.Path;

/**
 * The pod that is measured, as the kubelet asks for it: a PID namespace for each container, the
 * runtime's default seccomp profile, memory and CPU limits, one container that sleeps.
 *
 * @param id unique name of the pod
 * @param cgroupParent its cgroup, which the runtime makes; empty leaves it to the runtime
 * @param logs directory for its log
 * @param image the container's image
 */
record KubeletPod(String id, String cgroupParent, Path logs, String image) {
  private static final long MEMORY_BYTES = 64L << 20;
  private static final long CPU_SHARES = 256;
  private static final long CPU_PERIOD_MICROS = 100_000;
  private static final long CPU_QUOTA_MICROS = 50_000;
  private static final int BURSTABLE_OOM_SCORE = 900;

  PodSandboxConfig sandbox() {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName("bench-" + id)
                .setNamespace("bench")
                .setUid("uid-" + id))
        .setHostname("bench")
        .setLogDirectory(logs.resolve(id).toString())
        .setDnsConfig(DNSConfig.newBuilder().addServers("192.0.2.53").addSearches("bench.local"))
        .putLabels("io.kubernetes.pod.name", "bench-" + id)
        .putLabels("io.kubernetes.pod.namespace", "bench")
        .putLabels("io.kubernetes.pod.uid", "uid-" + id)
        .putAnnotations("kubernetes.io/config.source", "api")
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setCgroupParent(cgroupParent)
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(namespaces())
                        .setSeccomp(runtimeDefault())))
        .build();
  }

  ContainerConfig container() {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("sleep"))
        .setImage(ImageSpec.newBuilder().setImage(image))
        .addCommand("sleep")
        .addArgs("86400")
        .putLabels("io.kubernetes.container.name", "sleep")
        .putLabels("io.kubernetes.pod.name", "bench-" + id)
        .putAnnotations("io.kubernetes.container.restartCount", "0")
        .setLogPath("sleep/0.log")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setResources(
                    LinuxContainerResources.newBuilder()
                        .setCpuPeriod(CPU_PERIOD_MICROS)
                        .setCpuQuota(CPU_QUOTA_MICROS)
                        .setCpuShares(CPU_SHARES)
                        .setMemoryLimitInBytes(MEMORY_BYTES)
                        .setOomScoreAdj(BURSTABLE_OOM_SCORE))
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder()
                        .setNamespaceOptions(namespaces())
                        .setSeccomp(runtimeDefault())))
        .build();
  }

  private static NamespaceOption namespaces() {
    return NamespaceOption.newBuilder()
        .setNetwork(NamespaceMode.POD)
        .setPid(NamespaceMode.CONTAINER)
        .setIpc(NamespaceMode.POD)
        .build();
  }

  private static SecurityProfile runtimeDefault() {
    return SecurityProfile.newBuilder()
        .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)
        .build();
  }
}
