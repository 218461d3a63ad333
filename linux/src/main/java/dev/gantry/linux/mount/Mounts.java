package dev.gantry.linux.mount;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes and removes mounts in the mount namespace of the calling thread. All of it can block on a
 * sick file system: call it inside {@link dev.gantry.linux.BlockingCalls}.
 */
public final class Mounts {
  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOEXEC = 8;
  private static final long MS_REMOUNT = 32;
  private static final long MS_BIND = 4096;
  private static final long MS_REC = 16384;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final long MOUNT_ATTR_RDONLY = 1;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int NO_FD = -1;
  private static final int MAX_STACKED = 1000;

  /** Set when this kernel turned out to know no {@code lowerdir+}. */
  private static volatile boolean contextUnknown;

  private Mounts() {}

  /**
   * An overlay to mount (Documentation/filesystems/overlayfs.rst).
   *
   * @param lowersTopFirst read-only layers, the topmost first; at least one, or two when there is
   *     no upper
   * @param upper the writable layer, null for a read-only overlay
   * @param work an empty directory on the upper's file system, null with a null upper
   * @param target an existing directory
   * @param options of the file system, {@code volatile} to an empty text for one without a value
   */
  public record OverlayMount(
      List<Path> lowersTopFirst,
      @Nullable Path upper,
      @Nullable Path work,
      Path target,
      Map<String, String> options) {
    public OverlayMount {
      lowersTopFirst = List.copyOf(lowersTopFirst);
      options = Map.copyOf(options);
      if (lowersTopFirst.isEmpty()) {
        throw new IllegalArgumentException("overlay on " + target + " has no lower layer");
      }
      if ((upper == null) != (work == null)) {
        throw new IllegalArgumentException("overlay on " + target + ": upper and work go together");
      }
    }
  }

  /**
   * Mounts an overlay of up to 200 layers, whatever their paths' lengths: with fsopen(2) and {@code
   * lowerdir+}, on kernels before 6.8 with mount(2) and short names for the layers.
   *
   * @throws LinuxException with what the kernel's overlay says about the cause, where it says
   *     something
   */
  public static void overlay(OverlayMount mount) throws IOException {
    if (contextUnknown) {
      Overlay.byShortLinks(mount);
      return;
    }
    try {
      Overlay.byContext(mount);
    } catch (LinuxException first) {
      // An old kernel says so in one of these two ways; so does a wrong option, and then the second
      // way fails as well.
      if (first.errno() != Errno.EINVAL && first.errno() != Errno.ENOSYS) {
        throw first;
      }
      try {
        Overlay.byShortLinks(mount);
        contextUnknown = true;
      } catch (LinuxException second) {
        first.addSuppressed(second);
        throw first;
      }
    }
  }

  /** {@link #overlay} by mount(2) only, as on kernels before 6.8. */
  public static void overlayByShortLinks(OverlayMount mount) throws IOException {
    Overlay.byShortLinks(mount);
  }

  /**
   * Shows a directory or file at a second place.
   *
   * @param recursive with the mounts below it
   */
  public static void bind(Path source, Path target, boolean recursive) throws IOException {
    mount("bind " + source + " to", source, target, null, MS_BIND | (recursive ? MS_REC : 0), null);
  }

  /**
   * Whether this kernel can make a mount read-only with all those below it: mount_setattr(2) with
   * AT_RECURSIVE, from Linux 5.12. Nothing is changed.
   */
  public static boolean knowsRecursiveReadOnly() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment noPath = arena.allocate(1);
      MemorySegment attributes = arena.allocate(ValueLayout.JAVA_LONG, 4);
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_RDONLY);
      long result =
          Native.retry(
              Nr.MOUNT_SETATTR,
              NO_FD,
              noPath.address(),
              AT_EMPTY_PATH | AT_RECURSIVE,
              attributes.address(),
              attributes.byteSize());
      // The mount is looked for once call, flags and attributes are understood.
      return Native.failedWith(result, Errno.EBADF);
    }
  }

  /** Makes one mount read-only, not those below it and not the file system behind it. */
  public static void remountReadOnly(Path target) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ValueLayout.JAVA_LONG, 4);
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_RDONLY);
      long result =
          Native.retry(
              Nr.MOUNT_SETATTR,
              Fd.CWD.number(),
              Native.string(arena, target.toString()).address(),
              0,
              attributes.address(),
              attributes.byteSize());
      if (!Native.failedWith(result, Errno.ENOSYS)) {
        Native.check(result, "make read-only", target.toString());
        return;
      }
    }
    // Before Linux 5.12.
    mount("make read-only", null, target, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
  }

  /**
   * Mounts a tmpfs with nosuid, nodev and noexec, as /dev/shm of a pod wants it.
   *
   * @param sizeBytes at most so much memory
   * @param mode permissions of its root, 01777 for /dev/shm
   */
  public static void tmpfs(Path target, long sizeBytes, int mode) throws IOException {
    mount(
        "mount tmpfs on",
        Path.of("tmpfs"),
        target,
        "tmpfs",
        MS_NOSUID | MS_NODEV | MS_NOEXEC,
        "size=" + sizeBytes + ",mode=" + Integer.toOctalString(mode));
  }

  /**
   * Mounts a tmpfs as a volume: programs in it may run. It is kept out of swap where the kernel can
   * (Linux 6.4).
   *
   * @param sizeBytes at most so much memory
   * @param mode permissions of its root
   */
  public static void memoryVolume(Path target, long sizeBytes, int mode) throws IOException {
    String options = "size=" + sizeBytes + ",mode=" + Integer.toOctalString(mode);
    String call = "mount tmpfs on";
    try {
      mount(call, Path.of("tmpfs"), target, "tmpfs", 0, options + ",noswap");
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      mount(call, Path.of("tmpfs"), target, "tmpfs", 0, options);
    }
  }

  /** Sets what a mount, and with {@code recursive} all below it, sends and receives. */
  public static void propagation(Path target, Propagation propagation, boolean recursive)
      throws IOException {
    mount(
        "set propagation of",
        null,
        target,
        null,
        propagation.flag() | (recursive ? MS_REC : 0),
        null);
  }

  /**
   * Takes away what is mounted on {@code target}, also when it is in use (MNT_DETACH), also several
   * mounts on one another; a link at the end of the path is not followed.
   *
   * @return false when nothing was mounted there, or there is no such path
   */
  public static boolean unmount(Path target) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.string(arena, target.toString());
      for (int i = 0; i < MAX_STACKED; i++) {
        long result = Native.retry(Nr.UMOUNT2, name.address(), MNT_DETACH | UMOUNT_NOFOLLOW);
        if (Native.failedWith(result, Errno.EINVAL)
            || Native.failedWith(result, Errno.ENOENT)
            || Native.failedWith(result, Errno.ENOTDIR)) {
          return i > 0;
        }
        Native.check(result, "unmount", target.toString());
      }
    }
    throw new LinuxException("unmount", target.toString(), Errno.EBUSY, "mounted again and again");
  }

  /** Unmounts everything on and below a path, deepest first. */
  public static void unmountUnder(Path prefix) throws IOException {
    for (MountTable.Entry entry : MountTable.under(prefix)) {
      unmount(entry.target());
    }
  }

  private static void mount(
      String call,
      @Nullable Path source,
      Path target,
      @Nullable String type,
      long flags,
      @Nullable String data)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Native.retry(
              Nr.MOUNT,
              source == null ? 0 : Native.string(arena, source.toString()).address(),
              Native.string(arena, target.toString()).address(),
              type == null ? 0 : Native.string(arena, type).address(),
              flags,
              data == null ? 0 : Native.string(arena, data).address());
      Native.check(result, call, target.toString());
    }
  }
}
