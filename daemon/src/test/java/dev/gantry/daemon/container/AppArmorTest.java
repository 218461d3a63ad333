package dev.gantry.daemon.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.rpc.CallFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is chosen on a host with AppArmor, which the kernels tested on are not: the kernel's list of
 * profiles and apparmor_parser(8) are stood in for.
 */
class AppArmorTest {
  @TempDir Path dir;
  private Path profiles;

  @BeforeEach
  void hostWithAppArmor() throws Exception {
    profiles = Files.writeString(dir.resolve("profiles"), "mine (enforce)\nother (complain)\n");
  }

  private AppArmor host() throws Exception {
    Path parser = dir.resolve("apparmor_parser");
    Files.writeString(
        parser,
        """
        #!/bin/sh
        [ "$*" = -Kr ] && cat > %s/loaded && echo 'gantry-default (enforce)' >> %s
        """
            .formatted(dir, profiles));
    Files.setPosixFilePermissions(parser, PosixFilePermissions.fromString("rwx------"));
    return new AppArmor(profiles, parser.toString());
  }

  private static ContainerOptions container(
      UnaryOperator<LinuxContainerSecurityContext.Builder> edit) throws CallFailure {
    var pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(PodSandboxMetadata.newBuilder().setName("p"))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setPrivileged(true)))
            .build();
    var security = edit.apply(LinuxContainerSecurityContext.newBuilder());
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("c"))
            .setImage(ImageSpec.newBuilder().setImage("i"))
            .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(security))
            .build();
    return ContainerOptions.check(container, SandboxOptions.check(pod));
  }

  private static ContainerOptions asking(ProfileType type, String name) throws CallFailure {
    return container(s ->
        s.setApparmor(SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(name)));
  }

  @SuppressWarnings("deprecation") // the field of old kubelets
  private static ContainerOptions old(String name) throws CallFailure {
    return container(s -> s.setApparmorProfile(name));
  }

  @Test
  void oursIsLoadedOnceWhenItIsNeeded() throws Exception {
    AppArmor host = host();
    assertThat(host.profile(asking(ProfileType.Unconfined, ""))).isNull();
    assertThat(dir.resolve("loaded")).doesNotExist();
    assertThat(host.profile(container(s -> s))).isEqualTo("gantry-default");
    assertThat(dir.resolve("loaded")).content().contains("profile gantry-default ", "deny mount,");
    Files.delete(dir.resolve("loaded"));
    assertThat(host.profile(asking(ProfileType.RuntimeDefault, ""))).isEqualTo("gantry-default");
    assertThat(host.profile(old("runtime/default"))).isEqualTo("gantry-default");
    assertThat(dir.resolve("loaded")).doesNotExist();
  }

  @Test
  void aPrivilegedContainerHasOnlyWhatItAsksForByName() throws Exception {
    AppArmor host = host();
    assertThat(host.profile(container(s -> s.setPrivileged(true)))).isNull();
    assertThat(
            host.profile(
                container(s ->
                    s.setPrivileged(true)
                        .setApparmor(
                            SecurityProfile.newBuilder()
                                .setProfileType(ProfileType.Localhost)
                                .setLocalhostRef("mine")))))
        .isEqualTo("mine");
  }

  @Test
  void theNodesProfilesMustBeLoaded() throws Exception {
    AppArmor host = host();
    assertThat(host.profile(asking(ProfileType.Localhost, "mine"))).isEqualTo("mine");
    assertThat(host.profile(asking(ProfileType.Localhost, "localhost/other"))).isEqualTo("other");
    assertThat(host.profile(old("localhost/mine"))).isEqualTo("mine");
    assertThat(host.profile(old("unconfined"))).isNull();
    assertThatThrownBy(() -> host.profile(asking(ProfileType.Localhost, "min")))
        .hasMessageContaining("linux.security_context.apparmor: profile min is not loaded");
    assertThatThrownBy(() -> host.profile(asking(ProfileType.Localhost, "")))
        .hasMessageContaining("localhost_ref is empty");
    assertThatThrownBy(() -> host.profile(old("nonsense")))
        .hasMessageContaining("apparmor_profile: nonsense");
  }

  @Test
  void whatKeepsOursFromBeingLoadedIsSaid() throws Exception {
    AppArmor without = new AppArmor(profiles, dir.resolve("none").toString());
    assertThatThrownBy(() -> without.profile(asking(ProfileType.RuntimeDefault, "")))
        .hasMessageContaining("install the package apparmor");
    assertThat(without.profile(container(s -> s))).isNull();
    Path parser = Files.writeString(dir.resolve("broken"), "#!/bin/sh\necho why >&2; exit 1\n");
    Files.setPosixFilePermissions(parser, PosixFilePermissions.fromString("rwx------"));
    AppArmor broken = new AppArmor(profiles, parser.toString());
    assertThatThrownBy(() -> broken.profile(container(s -> s)))
        .hasMessageContaining("load AppArmor profile gantry-default")
        .hasMessageContaining("why");
  }
}
