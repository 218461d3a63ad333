package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Propagation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Resolves the sources of a request's mounts on the host. */
final class HostMounts {
  private HostMounts() {}

  /**
   * The mounts with their sources resolved. A source that does not exist becomes a directory, as
   * with every CRI runtime.
   *
   * @throws CallFailure when a mount event could not propagate as asked
   */
  static List<BindMount> resolve(List<Mount> asked) throws IOException, CallFailure {
    var binds = new ArrayList<BindMount>();
    for (Mount mount : asked) {
      Path source = Path.of(mount.getHostPath());
      if (!Files.exists(source)) {
        Files.createDirectories(source);
      }
      Path real = source.toRealPath();
      checkPropagation(mount, real);
      binds.add(
          new BindMount(
              mount.getContainerPath(),
              real,
              mount.getReadonly(),
              mount.getRecursiveReadOnly(),
              mount.getPropagation()));
    }
    return binds;
  }

  private static void checkPropagation(Mount mount, Path source) throws IOException, CallFailure {
    MountPropagation propagation = mount.getPropagation();
    if (propagation == MountPropagation.PROPAGATION_PRIVATE) {
      return;
    }
    MountTable.Entry below = mountOf(source);
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
              + below.target()
              + ", the mount of "
              + source
              + ", is private; make it shared with: mount --make-shared "
              + below.target());
    }
  }

  private static MountTable.Entry mountOf(Path source) throws IOException {
    return MountTable.read().stream()
        .filter(entry -> source.startsWith(entry.target()))
        .max(Comparator.comparingInt(entry -> entry.target().getNameCount()))
        .orElseThrow(() -> new IOException("no mount holds " + source));
  }
}
