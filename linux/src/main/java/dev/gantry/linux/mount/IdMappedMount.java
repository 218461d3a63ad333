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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;

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
   * Shows a directory or file at a second place with mapped ids.
   *
   * @param userNamespace whose mappings to use, such as a pinned one
   * @param recursive with the mounts below it, which are mapped too
   * @param propagation of the new mount; SLAVE keeps it told of mounts below the source
   * @throws LinuxException EINVAL or EPERM that names the file system when it cannot be mapped
   */
  public static void bind(
      Path source, Path target, Path userNamespace, boolean recursive, Propagation propagation)
      throws IOException {
    try (Arena arena = Arena.ofConfined();
        Fd user = At.open(At.CWD, userNamespace.toString(), OpenFlags.CLOEXEC, 0);
        Fd tree = clone(arena, source, recursive)) {
      long empty = Native.string(arena, "").address();
      MemorySegment attributes = arena.allocate(ValueLayout.JAVA_LONG, ATTRIBUTE_WORDS);
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 2, propagation.flag());
      attributes.setAtIndex(ValueLayout.JAVA_LONG, 3, user.number());
      long mapped =
          Native.retry(
              Nr.MOUNT_SETATTR,
              tree.number(),
              empty,
              AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
              attributes.address(),
              attributes.byteSize());
      if (mapped < 0) {
        throw refused(source, recursive, (int) -mapped);
      }
      long moved =
          Native.retry(
              Nr.MOVE_MOUNT,
              tree.number(),
              empty,
              Fd.CWD.number(),
              Native.string(arena, target.toString()).address(),
              MOVE_MOUNT_F_EMPTY_PATH);
      Native.check(moved, "mount " + source + " on", target.toString());
    }
  }

  private static Fd clone(Arena arena, Path source, boolean recursive) throws LinuxException {
    int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
    long path = Native.string(arena, source.toString()).address();
    long tree = Native.retry(Nr.OPEN_TREE, Fd.CWD.number(), path, flags);
    return Fd.of((int) Native.check(tree, "open mount", source.toString()));
  }

  /** The kernel does not say which of the mounts it was, but there are few kinds that cannot. */
  private static LinuxException refused(Path source, boolean recursive, int errno)
      throws IOException {
    var types =
        MountTable.containing(source).map(MountTable.Entry::fsType).stream()
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (recursive) {
      List<MountTable.Entry> below = MountTable.under(source);
      below.forEach(entry -> types.add(entry.fsType()));
    }
    return new LinuxException(
        "map the ids of",
        source.toString(),
        Errno.of(errno),
        "of " + String.join(", ", types) + ": not every file system can do it");
  }
}
