package dev.gantry.daemon.container;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.DiskUsage.FsInfo;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Options that a bind mount in a user namespace must keep: what the mount of its source forbids is
 * locked there (mount_namespaces(7)). Who sets other options sets these anew, too; runc 1.1.5 does
 * so only where it is told to, and fails with EPERM (opencontainers/runc#1229).
 */
final class LockedOptions {
  /** Those for which no runtime remounts. */
  private static final Set<String> NOT_REMOUNTED =
      Set.of("bind", "rbind", "rw", "private", "rprivate", "slave", "rslave", "shared", "rshared");

  private LockedOptions() {}

  /** The specification with them; it looks at the mounts' sources, so it may block. */
  static RuntimeSpec keep(RuntimeSpec spec) throws IOException {
    var mounts = new ArrayList<Mount>();
    for (Mount mount : spec.mounts()) {
      mounts.add(keep(mount));
    }
    return spec.toBuilder().mounts(mounts).build();
  }

  private static Mount keep(Mount mount) throws IOException {
    List<String> options = mount.options();
    boolean bind = options.contains("bind") || options.contains("rbind");
    if (!bind || NOT_REMOUNTED.containsAll(options)) {
      return mount;
    }
    FsInfo below;
    try {
      below = DiskUsage.statfs(Path.of(Objects.requireNonNull(mount.source())));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return mount; // the runtime says so
      }
      throw e;
    }
    var kept = new ArrayList<>(options);
    add(kept, below.nosuid(), "nosuid", "suid");
    add(kept, below.nodev(), "nodev", "dev");
    add(kept, below.noexec(), "noexec", "exec");
    return new Mount(
        mount.destination(),
        mount.type(),
        mount.source(),
        kept,
        mount.uidMappings(),
        mount.gidMappings());
  }

  private static void add(List<String> options, boolean locked, String option, String opposite) {
    if (locked && !options.contains(option) && !options.contains(opposite)) {
      options.add(option);
    }
  }
}
