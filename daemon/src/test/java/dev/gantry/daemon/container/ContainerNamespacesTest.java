package dev.gantry.daemon.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.SandboxPaths;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.oci.runtime.Namespace;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerNamespacesTest {
  @TempDir Path dir;

  private List<String> types(boolean privileged, boolean cgroup2) throws Exception {
    var pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("pod"))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setPrivileged(true)))
            .build();
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("main"))
            .setImage(ImageSpec.newBuilder().setImage("test.example/app:1"))
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setSecurityContext(
                        LinuxContainerSecurityContext.newBuilder().setPrivileged(privileged)))
            .build();
    var store =
        new RecordStore<>("container", dir, ContainerRecord.parser(), ContainerRecord::getId);
    return ContainerNamespaces.of(
            "p",
            ContainerOptions.check(container, SandboxOptions.check(pod)),
            new SandboxPaths(Path.of("/state/pods/p")),
            cgroup2,
            store)
        .stream()
        .map(Namespace::type)
        .toList();
  }

  @Test
  void onlyPrivilegedContainersSeeTheNodesCgroups() throws Exception {
    assertThat(types(false, true)).contains(Namespace.CGROUP);
    assertThat(types(true, true)).doesNotContain(Namespace.CGROUP);
    assertThat(types(false, false)).doesNotContain(Namespace.CGROUP);
  }
}
