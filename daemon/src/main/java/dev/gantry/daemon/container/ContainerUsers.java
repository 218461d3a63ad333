package dev.gantry.daemon.container;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SupplementalGroupsPolicy;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.ResolvedUser;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.ConfinedRead;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.UnknownUserException;
import dev.gantry.oci.UserFile;
import dev.gantry.oci.UserFile.Identity;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out by number whom a container runs as, from the request, the image and the image's own
 * /etc/passwd and /etc/group. Those come from strangers: they are opened beneath the root file
 * system, must be regular files and have a bounded size.
 */
final class ContainerUsers {
  private static final int MAX_BYTES = 4 << 20;

  private ContainerUsers() {}

  /**
   * Resolves the user.
   *
   * @throws CallFailure when the image has no such user, or its files cannot be read
   */
  static ResolvedUser resolve(Path rootfs, ContainerOptions options, ImageConfig image)
      throws IOException, CallFailure {
    LinuxContainerSecurityContext security = options.security();
    Identity identity = identity(rootfs, wanted(security, image));
    Set<Long> groups = new LinkedHashSet<>();
    if (security.getSupplementalGroupsPolicy() == SupplementalGroupsPolicy.Strict) {
      groups.add(identity.gid());
    } else {
      groups.addAll(identity.additionalGids());
    }
    groups.addAll(security.getSupplementalGroupsList());
    var user = new ResolvedUser(identity.uid(), identity.gid(), List.copyOf(groups));
    UserMapping.check(options.pod(), user);
    return user;
  }

  /** The request's user and group as {@code user[:group]}, else the image's. */
  private static String wanted(LinuxContainerSecurityContext security, ImageConfig image) {
    String group = security.hasRunAsGroup() ? ":" + security.getRunAsGroup().getValue() : "";
    if (security.hasRunAsUser()) {
      return security.getRunAsUser().getValue() + group;
    }
    if (!security.getRunAsUsername().isEmpty()) {
      return security.getRunAsUsername() + group;
    }
    String user = image.config().user();
    return user == null ? "" : user;
  }

  private static Identity identity(Path rootfs, String wanted) throws IOException, CallFailure {
    try (Fd root = At.open(At.CWD, rootfs.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      return UserFile.of(text(root, "etc/passwd"), text(root, "etc/group")).resolve(wanted);
    } catch (UnknownUserException e) {
      throw CallFailure.invalid("user " + wanted + ": " + e.getMessage());
    }
  }

  private static @Nullable String text(Fd root, String path) throws IOException, CallFailure {
    try {
      return ConfinedRead.file(root, path, MAX_BYTES)
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
          .orElse(null);
    } catch (LinuxException e) {
      throw new CallFailure(
          Status.Code.FAILED_PRECONDITION,
          "the image's /" + path + " cannot be used: " + e.getMessage(),
          e);
    }
  }
}
