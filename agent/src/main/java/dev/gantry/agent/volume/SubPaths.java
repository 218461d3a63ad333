package dev.gantry.agent.volume;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.mount.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A path in a volume that containers may have filled with links: it is resolved beneath the volume
 * by the kernel (openat2, RESOLVE_BENEATH), and what was found then is pinned by a bind mount, so
 * that nothing can be exchanged between the look and the use.
 */
final class SubPaths {
  private SubPaths() {}

  /**
   * Pins a sub-path, which is made as a directory if it is missing.
   *
   * @param volume the volume's directory or file
   * @param subPath relative, without {@code ..}
   * @param target where it is pinned; below the pod's directory
   */
  static void pin(Path volume, String subPath, Path target) throws IOException {
    try (Fd root = At.open(At.CWD, volume.toString(), OpenFlags.PATH, 0);
        Fd found = open(root, subPath)) {
      FileStat wanted = At.stat(found);
      Optional<MountTable.Entry> mounted = MountTable.at(target);
      if (mounted.isPresent()) {
        if (At.stat(At.CWD, target.toString(), false).sameFile(wanted)) {
          return;
        }
        Mounts.unmount(target);
      }
      place(target, wanted.isDirectory());
      Mounts.bind(Path.of(found.procPath()), target, true);
    }
  }

  private static Fd open(Fd root, String subPath) throws IOException {
    try {
      return beneath(root, subPath);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    make(root, subPath);
    return beneath(root, subPath);
  }

  private static Fd beneath(Fd root, String path) throws LinuxException {
    return At.openIn(root, path, OpenFlags.PATH, 0, Resolve.BENEATH, Resolve.NO_MAGICLINKS);
  }

  /** Makes what is missing of a directory, with the permissions of the volume. */
  private static void make(Fd root, String subPath) throws IOException {
    int mode = At.stat(root).permissions();
    StringBuilder path = new StringBuilder();
    for (String name : subPath.split("/", -1)) {
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      String parent = path.isEmpty() ? "." : path.toString();
      path.append(path.isEmpty() ? "" : "/").append(name);
      try (Fd dir =
          At.openIn(
              root,
              parent,
              OpenFlags.PATH | OpenFlags.DIRECTORY,
              0,
              Resolve.BENEATH,
              Resolve.NO_MAGICLINKS)) {
        if (At.find(dir, name, false).isEmpty()) {
          At.mkdir(dir, name, mode);
          At.chmod(dir, name, mode);
        }
      }
    }
  }

  /** What a mount needs below it: a directory for a directory, else a file. */
  private static void place(Path target, boolean directory) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
        && Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS) != directory) {
      Files.delete(target);
    }
    if (directory) {
      Files.createDirectories(target);
    } else {
      Files.createDirectories(target.getParent());
      if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        Files.createFile(target);
      }
    }
  }
}
