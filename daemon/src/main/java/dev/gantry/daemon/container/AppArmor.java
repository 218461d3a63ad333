package dev.gantry.daemon.container;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.daemon.rpc.CallFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Chooses a container's AppArmor profile on hosts that have AppArmor. */
final class AppArmor {
  private static final Path ENABLED = Path.of("/sys/kernel/security/apparmor/profiles");
  private static final String LOCALHOST = "localhost/";

  private AppArmor() {}

  /**
   * The name of a loaded profile, nothing for unconfined.
   *
   * @throws CallFailure when a profile of the node is asked for and the kernel has no AppArmor
   */
  static @Nullable String profile(ContainerOptions options) throws CallFailure {
    String name = asked(options.security());
    if (name == null || options.privileged()) {
      return null;
    }
    if (!Files.exists(ENABLED)) {
      throw CallFailure.precondition(
          "linux.security_context.apparmor: profile " + name + ", but this kernel has no AppArmor");
    }
    return name;
  }

  private static @Nullable String asked(LinuxContainerSecurityContext security) {
    if (security.hasApparmor()) {
      SecurityProfile profile = security.getApparmor();
      return profile.getProfileType() == SecurityProfile.ProfileType.Localhost
          ? profile.getLocalhostRef()
          : null;
    }
    String path = deprecatedName(security);
    return path.startsWith(LOCALHOST) ? path.substring(LOCALHOST.length()) : null;
  }

  @SuppressWarnings("deprecation") // kubelets before 1.30 send this field
  private static String deprecatedName(LinuxContainerSecurityContext security) {
    return security.getApparmorProfile();
  }
}
