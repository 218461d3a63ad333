package dev.gantry.linux.mount;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Id-mapped mounts (mount_setattr(2), MOUNT_ATTR_IDMAP): what belongs to id 0 of a file system
 * belongs, seen through the mount, to whom a user namespace has as its id 0. Nothing is changed on
 * disk. Like {@link Mounts}, for a thread that may block.
 */
public final class IdMappedMount {
  private static final int OPEN_TREE_CLONE = 1;
  private static final int OPEN_TREE_CLOEXEC = 0x80000;
  private static final int AT_RECURSIVE = 0x8000;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final long MOUNT_ATTR_IDMAP = 0x0010_0000;
  private static final int ATTRIBUTE_WORDS = 4;

  private IdMappedMount() {}

  /**
   * Shows a directory or file at a second place with mapped ids. Mounts below it are mapped only
   * when all of them can be, for the kernel does all or nothing; else they come along as they are,
   * as with runc and crun.
   *
   * @param userNamespace whose mappings to use, such as a pinned one
   * @param recursive with the mounts below it
   * @param propagation of the new mount; SLAVE keeps it told of mounts below the source
   * @throws LinuxException EINVAL or EPERM that names the file system when the source itself cannot
   *     be mapped
   */
  public static void bind(
      Path source, Path target, Path userNamespace, boolean recursive, Propagation propagation)
      throws IOException {
    try (Arena arena = Arena.ofConfined();
        Fd user = At.open(At.CWD, userNamespace.toString(), OpenFlags.CLOEXEC, 0);
        Fd tree = clone(arena, source, recursive)) {
      int below = recursive ? AT_RECURSIVE : 0;
      long set = setAttributes(arena, tree, below, propagation, user);
      if (recursive && notMappable(set)) {
        set = setAttributes(arena, tree, 0, propagation, user);
        if (set >= 0) {
          set = setAttributes(arena, tree, below, propagation, null);
        }
      }
      if (set < 0) {
        throw refused(source, (int) -set);
      }
      long moved =
          Native.retry(
              Nr.MOVE_MOUNT,
              tree.number(),
              Native.string(arena, "").address(),
              Fd.CWD.number(),
              Native.string(arena, target.toString()).address(),
              MOVE_MOUNT_F_EMPTY_PATH);
      Native.check(moved, "mount " + source + " on", target.toString());
    }
  }

  /** Sets the propagation and, with a user namespace, its mappings. */
  private static long setAttributes(
      Arena arena, Fd tree, int below, Propagation propagation, @Nullable Fd user)
      throws LinuxException {
    MemorySegment attributes = arena.allocate(ValueLayout.JAVA_LONG, ATTRIBUTE_WORDS);
    attributes.setAtIndex(ValueLayout.JAVA_LONG, 2, propagation.flag());
    if (user != null) {
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 3, user.number());
    }
    return Native.retry(
        Nr.MOUNT_SETATTR,
        tree.number(),
        Native.string(arena, "").address(),
        AT_EMPTY_PATH | below,
        attributes.address(),
        attributes.byteSize());
  }

  /** EPERM is a mount that is mapped already. */
  private static boolean notMappable(long result) {
    return Native.failedWith(result, Errno.EINVAL) || Native.failedWith(result, Errno.EPERM);
  }

  private static Fd clone(Arena arena, Path source, boolean recursive) throws LinuxException {
    int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
    long path = Native.string(arena, source.toString()).address();
    long tree = Native.retry(Nr.OPEN_TREE, Fd.CWD.number(), path, flags);
    return Fd.of((int) Native.check(tree, "open mount", source.toString()));
  }

  private static LinuxException refused(Path source, int errno) throws IOException {
    String type =
        MountTable.containing(source).map(MountTable.Entry::fsType).orElse("unknown type");
    return new LinuxException(
        "map the ids of",
        source.toString(),
        Errno.of(errno),
        "of " + type + ": not every file system can do it");
  }
}
