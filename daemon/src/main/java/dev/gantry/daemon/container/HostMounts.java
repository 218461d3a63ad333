package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Propagation;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resolves the sources of a request's mounts on the host. */
final class HostMounts {
  private HostMounts() {}

  /**
   * The mount with its source resolved. A source that does not exist becomes a directory, as with
   * every CRI runtime.
   *
   * @throws CallFailure when the source leads nowhere, or a mount event could not propagate as
   *     asked
   */
  static BindMount resolve(Mount mount) throws IOException, CallFailure {
    Path source = source(mount);
    checkPropagation(mount, source);
    return new BindMount(
        mount.getContainerPath(),
        source,
        mount.getReadonly(),
        mount.getRecursiveReadOnly(),
        mount.getPropagation(),
        mount.getMountOptionsList());
  }

  private static Path source(Mount mount) throws CallFailure {
    Path source = Path.of(mount.getHostPath());
    try {
      if (!Files.exists(source) && !Files.isSymbolicLink(source)) {
        Files.createDirectories(source);
      }
      return source.toRealPath();
    } catch (IOException e) {
      String why =
          Files.isSymbolicLink(source)
              ? "is a symbolic link that leads nowhere"
              : "cannot be made or reached";
      throw new CallFailure(
          Status.Code.INVALID_ARGUMENT,
          "mounts["
              + mount.getContainerPath()
              + "].host_path: "
              + source
              + " "
              + why
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private static void checkPropagation(Mount mount, Path source) throws IOException, CallFailure {
    MountPropagation propagation = mount.getPropagation();
    if (propagation == MountPropagation.PROPAGATION_PRIVATE) {
      return;
    }
    MountTable.Entry below =
        MountTable.containing(source)
            .orElseThrow(() -> new IOException("no mount holds " + source));
    boolean possible =
        below.propagation() == Propagation.SHARED
            || (propagation == MountPropagation.PROPAGATION_HOST_TO_CONTAINER
                && below.propagation() == Propagation.SLAVE);
    if (!possible) {
      throw CallFailure.precondition(
          "mounts["
              + mount.getContainerPath()
              + "].propagation "
              + propagation.name()
              + ": "
              + below.mountPoint()
              + ", the mount of "
              + source
              + ", is private; make it shared with: mount --make-shared "
              + below.mountPoint());
    }
  }
}
