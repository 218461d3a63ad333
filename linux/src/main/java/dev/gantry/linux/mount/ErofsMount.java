package dev.gantry.linux.mount;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Read-only file systems in files (EROFS, Documentation/filesystems/erofs.rst), mounted nowhere: a
 * descriptor is the way in, and the mount goes when the last one who has it closes or unmounts it.
 * Like {@link Mounts}, for a thread that may block.
 */
public final class ErofsMount {
  private static final int MOUNT_ATTR_RDONLY = 1;

  private ErofsMount() {}

  /**
   * Mounts an image without a loop device (Linux 6.12, CONFIG_EROFS_FS_BACKED_BY_FILE).
   *
   * @param image a file with superblock and inodes
   * @param device the file that the image's one further device is
   * @return the root of the mount, to be used by its path in /proc
   */
  public static Fd mount(Path image, Path device) throws IOException {
    int read = OpenFlags.RDONLY | OpenFlags.CLOEXEC;
    // By descriptors: a parameter has at most 255 bytes.
    try (Fd source = At.open(At.CWD, image.toString(), read, 0);
        Fd data = At.open(At.CWD, device.toString(), read, 0);
        FileSystemContext context =
            FileSystemContext.open("erofs", "mount erofs of", image.toString())) {
      context.string("source", source.procPath());
      context.string("device", data.procPath());
      context.flag("ro");
      return context.mount(MOUNT_ATTR_RDONLY);
    }
  }

  /**
   * Makes an overlay of a mount that is nowhere and forgets it again.
   *
   * @param below a directory for a second layer
   * @throws LinuxException when an overlay may not stand on such a mount (before Linux 6.15)
   */
  public static void tryOverlay(Fd mount, Path below) throws IOException {
    try (Fd second = At.open(At.CWD, below.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0);
        FileSystemContext context =
            FileSystemContext.open("overlay", "mount overlay of", mount.toString())) {
      context.string("source", "overlay");
      context.string("lowerdir+", mount.procPath());
      context.string("lowerdir+", second.procPath());
      context.create();
    }
  }
}
