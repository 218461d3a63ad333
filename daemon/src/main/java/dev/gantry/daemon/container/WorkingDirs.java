package dev.gantry.daemon.container;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.oci.runtime.Mount;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refuses working directories that lead through a proc file system, wherever that is mounted:
 * {@code /proc/self/fd/7} is whatever the OCI runtime has open, such as a directory of the host
 * (CVE-2024-21626), and {@code /proc/1/root} of the host's is its root. Links of the image, of
 * volumes and of the container are followed as the container would follow them.
 */
public final class WorkingDirs {
  private static final int MOST_LINKS = 40;
  private static final long PROC_SUPER_MAGIC = 0x9fa0;
  private static final Path ROOT = Path.of("/");

  /** What the OCI runtimes put into {@code /dev} where it is missing. */
  private static final Map<Path, String> RUNTIME_LINKS =
      Map.of(
          Path.of("/dev/fd"), "/proc/self/fd",
          Path.of("/dev/stdin"), "/proc/self/fd/0",
          Path.of("/dev/stdout"), "/proc/self/fd/1",
          Path.of("/dev/stderr"), "/proc/self/fd/2");

  /** A mount at the place to which the links on its way lead. */
  private record Placed(Path place, Mount mount) {}

  /**
   * Where a path leads.
   *
   * @param path without links
   * @param inProc whether that is as far as it can be followed
   */
  private record End(Path path, boolean inProc) {}

  private final Path rootfs;
  private final List<Placed> mounts = new ArrayList<>();

  private WorkingDirs(Path rootfs) {
    this.rootfs = rootfs;
  }

  /**
   * Checks one directory.
   *
   * @param rootfs the container's root as this process sees it
   * @param mounts those that will be made there, in this order; none where they can be seen
   * @param dir absolute in the container; need not exist
   * @throws CallFailure INVALID_ARGUMENT when it leads into a proc file system
   */
  public static void check(Path rootfs, List<Mount> mounts, String dir)
      throws LinuxException, CallFailure {
    if (Path.of(dir).equals(ROOT)) {
      return;
    }
    var container = new WorkingDirs(rootfs);
    for (Mount mount : mounts) {
      container.place(mount, dir);
    }
    End end = container.follow(dir);
    if (end.inProc()) {
      throw CallFailure.invalid(
          "working_dir "
              + dir
              + " leads to "
              + end.path()
              + ", in a proc file system: a directory there can be one outside of the container");
    }
  }

  private void place(Mount mount, String dir) throws LinuxException, CallFailure {
    if (mount.options().contains("tmpcopyup")) {
      return; // it shows what is below it
    }
    End end = follow(mount.destination());
    if (end.path().equals(ROOT)) {
      throw CallFailure.invalid(
          "working_dir "
              + dir
              + " cannot be looked up: the mount at "
              + mount.destination()
              + " hides the root file system; mount it elsewhere");
    }
    if (!end.inProc()) {
      mounts.add(new Placed(end.path(), mount));
    }
  }

  private End follow(String path) throws LinuxException {
    Deque<Path> left = new ArrayDeque<>();
    prepend(left, Path.of(path));
    Path here = ROOT;
    int links = 0;
    while (!left.isEmpty()) {
      Path next = here.resolve(left.removeFirst()).normalize();
      // Of several mounts above a path the last is seen.
      Placed mount =
          mounts.reversed().stream()
              .filter(m -> next.startsWith(m.place()))
              .findFirst()
              .orElse(null);
      String target;
      try (Fd file = open(mount, next)) {
        if (isProc(mount, file) || links > MOST_LINKS) {
          return new End(next, true);
        }
        target = file == null ? RUNTIME_LINKS.get(next) : link(file);
      }
      if (target == null) {
        here = next;
      } else {
        links++;
        here = target.startsWith("/") ? ROOT : here;
        prepend(left, Path.of(target));
      }
    }
    return new End(here, false);
  }

  private static void prepend(Deque<Path> left, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      left.addFirst(path.getName(i));
    }
  }

  private static boolean isProc(@Nullable Placed mount, @Nullable Fd file) throws LinuxException {
    return file == null
        ? mount != null && "proc".equals(mount.mount().type())
        : DiskUsage.statfs(file).type() == PROC_SUPER_MAGIC;
  }

  private static @Nullable String link(Fd file) throws LinuxException {
    return At.stat(file).isSymlink() ? At.readlink(file, "") : null;
  }

  /** What has that path, no link on the way; null for what only the OCI runtime will make. */
  private @Nullable Fd open(@Nullable Placed mount, Path path) throws LinuxException {
    Path base = mount == null ? rootfs : source(mount.mount());
    if (base == null) {
      return null;
    }
    String below = (mount == null ? ROOT : mount.place()).relativize(path).toString();
    int flags = OpenFlags.PATH | OpenFlags.NOFOLLOW;
    try (Fd root = At.open(At.CWD, base.toString(), OpenFlags.PATH, 0)) {
      return below(root, below.isEmpty() ? "." : below, flags);
    }
  }

  private static @Nullable Fd below(Fd root, String path, int flags) throws LinuxException {
    try {
      return At.openIn(root, path, flags, 0, Resolve.IN_ROOT, Resolve.NO_MAGICLINKS);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return null;
      }
      throw e;
    }
  }

  /** What a mount binds; null for a file system of its own. */
  private @Nullable Path source(Mount mount) {
    String source = mount.source();
    boolean bind =
        "bind".equals(mount.type())
            || mount.options().contains("bind")
            || mount.options().contains("rbind");
    return bind && source != null ? rootfs.resolveSibling(source) : null;
  }
}
