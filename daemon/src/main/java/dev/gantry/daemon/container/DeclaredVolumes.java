package dev.gantry.daemon.container;

import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The volumes that an image's configuration declares ({@code VOLUME}). Each is a mount of its own
 * that can be written to also where the root file system is read-only, with what the image has
 * there, as containerd's users know it; but nothing is copied: it is the container's own root file
 * system, mounted once more, so that what is written counts as the container's and goes with it. A
 * mount of the request there, or above it, takes its place.
 */
final class DeclaredVolumes {
  private static final int MOST = 128;
  private static final int MODE = 0755;

  /** What is not the image's in any container. */
  private static final List<Path> RESERVED =
      List.of(
          Path.of("/proc"),
          Path.of("/sys"),
          Path.of("/dev"),
          Path.of("/etc/hosts"),
          Path.of("/etc/hostname"),
          Path.of("/etc/resolv.conf"));

  private DeclaredVolumes() {}

  /**
   * The mounts for those paths; directories that are missing are made.
   *
   * @param rootfs the mounted root file system
   * @param declared paths in the container, as the image has them
   * @param asked the mounts of the request
   * @param user whose root gets the directories that are made; null for the host's
   */
  static List<BindMount> of(
      Path rootfs, List<String> declared, List<BindMount> asked, @Nullable UserMapping user)
      throws LinuxException, CallFailure {
    if (declared.size() > MOST) {
      throw CallFailure.precondition(
          "the image declares " + declared.size() + " volumes, more than " + MOST);
    }
    var volumes = new ArrayList<BindMount>();
    if (declared.isEmpty()) {
      return volumes;
    }
    try (Fd root = At.open(At.CWD, rootfs.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      for (String name : declared) {
        Path path = Path.of("/").resolve(name).normalize();
        if (path.getNameCount() > 0 && !taken(path, asked)) {
          add(root, path, volumes, user);
        }
      }
    }
    return volumes;
  }

  private static boolean taken(Path path, List<BindMount> asked) {
    return RESERVED.stream().anyMatch(path::startsWith)
        || asked.stream()
            .anyMatch(mount -> path.startsWith(Path.of(mount.destination()).normalize()));
  }

  private static void add(Fd root, Path path, List<BindMount> volumes, @Nullable UserMapping user)
      throws LinuxException {
    try (Fd dir = make(root, path, user)) {
      volumes.add(
          new BindMount(
              path.toString(),
              Path.of(At.readlink(At.CWD, dir.procPath())),
              false,
              false,
              MountPropagation.PROPAGATION_PRIVATE,
              List.of()));
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOTDIR && e.errno() != Errno.EEXIST && e.errno() != Errno.ELOOP) {
        throw e;
      }
      // A file, or a link that leads nowhere: the image works without, as it would elsewhere.
      Event.debug("an image's volume is no directory").with("path", path).because(e).log();
    }
  }

  /** Opens the directory as the container will find it, which no link leads out of the image. */
  private static Fd make(Fd root, Path path, @Nullable UserMapping user) throws LinuxException {
    for (int names = 1; ; names++) {
      Path part = path.subpath(0, names);
      boolean last = names == path.getNameCount();
      try (Fd above = open(root, names == 1 ? Path.of(".") : path.subpath(0, names - 1))) {
        try {
          Fd found = open(root, part);
          if (last) {
            return found;
          }
          found.close();
        } catch (LinuxException e) {
          if (e.errno() != Errno.ENOENT) {
            throw e;
          }
          String name = part.getFileName().toString();
          At.mkdir(above, name, MODE);
          if (user != null) {
            At.chown(above, name, user.rootUser(), user.rootGroup());
          }
          if (last) {
            return open(root, part);
          }
        }
      }
    }
  }

  private static Fd open(Fd root, Path path) throws LinuxException {
    return At.openIn(
        root,
        path.toString(),
        OpenFlags.PATH | OpenFlags.DIRECTORY,
        0,
        Resolve.IN_ROOT,
        Resolve.NO_MAGICLINKS);
  }
}
