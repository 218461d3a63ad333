package dev.gantry.daemon.container;

import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Refuses working directories that lead through {@code /proc}: {@code /proc/self/fd/7} is whatever
 * the OCI runtime has open, such as a directory of the host (CVE-2024-21626). Links of the image
 * and of the container are followed as the container would follow them.
 */
public final class WorkingDirs {
  private static final int MOST_LINKS = 40;
  private static final Path ROOT = Path.of("/");
  private static final Path PROC = Path.of("/proc");

  private WorkingDirs() {}

  /**
   * Checks one directory.
   *
   * @param rootfs the container's root as this process sees it
   * @param dir absolute in the container; need not exist
   * @throws CallFailure INVALID_ARGUMENT when it leads into {@code /proc}
   */
  public static void check(Path rootfs, String dir) throws LinuxException, CallFailure {
    Deque<Path> left = new ArrayDeque<>();
    prepend(left, Path.of(dir));
    Path here = ROOT;
    int links = 0;
    try (Fd root = At.open(At.CWD, rootfs.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      while (!left.isEmpty()) {
        Path next = here.resolve(left.removeFirst()).normalize();
        if (next.startsWith(PROC)) {
          throw refused(dir, next);
        }
        String target = link(root, next);
        if (target == null) {
          here = next;
          continue;
        }
        links++;
        if (links > MOST_LINKS) {
          throw refused(dir, next);
        }
        here = target.startsWith("/") ? ROOT : here;
        prepend(left, Path.of(target));
      }
    }
  }

  private static void prepend(Deque<Path> left, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      left.addFirst(path.getName(i));
    }
  }

  private static @Nullable String link(Fd root, Path path) throws LinuxException {
    String name = ROOT.relativize(path).toString();
    if (name.isEmpty()) {
      return null;
    }
    int flags = OpenFlags.PATH | OpenFlags.NOFOLLOW;
    try (Fd file = At.openIn(root, name, flags, 0, Resolve.IN_ROOT, Resolve.NO_MAGICLINKS)) {
      return At.stat(file).isSymlink() ? At.readlink(file, "") : null;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return null; // the runtime makes it, or says why not
      }
      throw e;
    }
  }

  private static CallFailure refused(String dir, Path where) {
    return CallFailure.invalid(
        "working_dir "
            + dir
            + " leads to "
            + where
            + ": a directory in /proc can be one outside of the container");
  }
}
