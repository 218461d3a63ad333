package dev.gantry.daemon;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.util.function.Consumer;

/** Changes parts deep in a configuration, for which protobuf's lite builders offer no way. */
final class Edit {
  private Edit() {}

  static void linux(ContainerConfig.Builder config, Consumer<LinuxContainerConfig.Builder> edit) {
    LinuxContainerConfig.Builder linux = config.getLinux().toBuilder();
    edit.accept(linux);
    config.setLinux(linux);
  }

  static void security(
      ContainerConfig.Builder config, Consumer<LinuxContainerSecurityContext.Builder> edit) {
    linux(
        config,
        linux -> {
          LinuxContainerSecurityContext.Builder security = linux.getSecurityContext().toBuilder();
          edit.accept(security);
          linux.setSecurityContext(security);
        });
  }

  static void namespaces(ContainerConfig.Builder config, Consumer<NamespaceOption.Builder> edit) {
    security(
        config,
        security -> {
          NamespaceOption.Builder namespaces = security.getNamespaceOptions().toBuilder();
          edit.accept(namespaces);
          security.setNamespaceOptions(namespaces);
        });
  }

  static void resources(
      ContainerConfig.Builder config, Consumer<LinuxContainerResources.Builder> edit) {
    linux(
        config,
        linux -> {
          LinuxContainerResources.Builder resources = linux.getResources().toBuilder();
          edit.accept(resources);
          linux.setResources(resources);
        });
  }

  static void linux(PodSandboxConfig.Builder config, Consumer<LinuxPodSandboxConfig.Builder> edit) {
    LinuxPodSandboxConfig.Builder linux = config.getLinux().toBuilder();
    edit.accept(linux);
    config.setLinux(linux);
  }

  static void security(
      PodSandboxConfig.Builder config, Consumer<LinuxSandboxSecurityContext.Builder> edit) {
    linux(
        config,
        linux -> {
          LinuxSandboxSecurityContext.Builder security = linux.getSecurityContext().toBuilder();
          edit.accept(security);
          linux.setSecurityContext(security);
        });
  }

  static void namespaces(PodSandboxConfig.Builder config, Consumer<NamespaceOption.Builder> edit) {
    security(
        config,
        security -> {
          NamespaceOption.Builder namespaces = security.getNamespaceOptions().toBuilder();
          edit.accept(namespaces);
          security.setNamespaceOptions(namespaces);
        });
  }
}
