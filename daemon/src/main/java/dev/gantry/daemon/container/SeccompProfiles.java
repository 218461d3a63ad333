package dev.gantry.daemon.container;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.Seccomp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a container's seccomp filter: the one asked for; none for a privileged container, nor
 * where nothing is asked, as the CRI has it (the kubelet always asks).
 */
final class SeccompProfiles {
  private static final long MAX_BYTES = 1 << 20;

  private SeccompProfiles() {}

  /**
   * The filter, nothing for unconfined.
   *
   * @throws CallFailure when the profile of the node does not exist or cannot be read
   */
  static @Nullable Seccomp of(ContainerOptions options, Capabilities capabilities)
      throws IOException, CallFailure {
    if (options.privileged()) {
      return null;
    }
    var names = new LinkedHashSet<>(capabilities.bounding());
    LinuxContainerSecurityContext security = options.security();
    if (security.hasSeccomp()) {
      SecurityProfile profile = security.getSeccomp();
      return switch (profile.getProfileType()) {
        case Unconfined -> null;
        case RuntimeDefault -> SeccompCache.byDefault(names);
        case Localhost ->
            local("linux.security_context.seccomp.localhost_ref", profile.getLocalhostRef(), names);
        case UNRECOGNIZED ->
            throw CallFailure.invalid("linux.security_context.seccomp.profile_type is unknown");
      };
    }
    return deprecated(deprecatedPath(security), names);
  }

  /** Whether the container asks for a profile of the node's own. */
  static boolean isNamed(ContainerOptions options) {
    LinuxContainerSecurityContext security = options.security();
    return security.hasSeccomp()
        ? security.getSeccomp().getProfileType() == SecurityProfile.ProfileType.Localhost
        : deprecatedPath(security).startsWith("localhost/");
  }

  @SuppressWarnings("deprecation") // kubelets before 1.25 send this field
  private static String deprecatedPath(LinuxContainerSecurityContext security) {
    return security.getSeccompProfilePath();
  }

  private static @Nullable Seccomp deprecated(String path, Set<String> capabilities)
      throws IOException, CallFailure {
    return switch (path) {
      case "", "unconfined" -> null;
      case "runtime/default", "docker/default" -> SeccompCache.byDefault(capabilities);
      default -> {
        if (!path.startsWith("localhost/")) {
          throw CallFailure.invalid(
              "linux.security_context.seccomp_profile_path: "
                  + path
                  + " is none of runtime/default, unconfined, localhost/<path>");
        }
        yield local(
            "linux.security_context.seccomp_profile_path",
            path.substring("localhost/".length()),
            capabilities);
      }
    };
  }

  private static Seccomp local(String field, String path, Set<String> capabilities)
      throws IOException, CallFailure {
    Path file = Path.of(path);
    if (!file.isAbsolute() || !Files.isRegularFile(file)) {
      throw CallFailure.invalid(
          field + ": seccomp profile \"" + path + "\" is no file on this node; give its full path");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw CallFailure.invalid(field + ": seccomp profile " + path + " is larger than 1 MiB");
    }
    try {
      return SeccompCache.ofFile(file, capabilities);
    } catch (OciFormatException e) {
      throw CallFailure.invalid(field + ": seccomp profile " + path + ": " + e.getMessage());
    }
  }
}
