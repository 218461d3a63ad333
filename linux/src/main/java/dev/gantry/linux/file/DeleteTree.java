package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Removes a file or a directory with all in it, as hostile as its content may be: no symbolic link
 * is followed, no mount is crossed or emptied, and neither depth, width nor names of a tree matter.
 */
public final class DeleteTree {
  /** Directories held open at once; what lies deeper is moved up before it is emptied. */
  private static final int MAX_DEPTH = 100;

  /** How often a directory that fills again while it is emptied is read anew. */
  private static final int MAX_PASSES = 50;

  private static final long CONFINED = Resolve.NO_XDEV.bit() | Resolve.NO_SYMLINKS.bit();

  private final ArrayDeque<Level> levels = new ArrayDeque<>();
  private final String shown;
  private long moved;
  private long seen;

  /** A directory being emptied, open. */
  private static final class Level {
    final Fd fd;
    final String name;
    final Directory directory;
    int passes;

    Level(Fd fd, String name) {
      this.fd = fd;
      this.name = name;
      this.directory = Directory.reading(fd);
    }
  }

  /**
   * @param shown the path of the whole, for errors
   */
  private DeleteTree(String shown) {
    this.shown = shown;
  }

  /**
   * Removes what {@code path} names; that it is absent is fine. Links in the directories
   * <em>above</em> it are followed.
   *
   * @throws LinuxException EXDEV or EBUSY naming the path when it meets a mount point: unmount
   *     first; what was removed until then stays removed, and the call may be repeated
   */
  public static void delete(Path path) throws IOException {
    Path name = path.getFileName();
    if (name == null || name.toString().equals("..") || name.toString().equals(".")) {
      throw new LinuxException("delete tree", path.toString(), Errno.EINVAL, "names no file");
    }
    Path parent = path.getParent();
    int flags = OpenFlags.PATH | OpenFlags.DIRECTORY;
    try (Fd dir = At.open(At.CWD, parent == null ? "." : parent.toString(), flags, 0)) {
      delete(dir, name.toString(), path.toString());
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  /** {@link #delete(Path)} of one name in an open directory. */
  public static void delete(Fd dir, String name) throws IOException {
    delete(dir, name, name);
  }

  private static void delete(Fd dir, String name, String shown) throws IOException {
    DeleteTree tree = new DeleteTree(shown);
    try {
      Fd root = tree.removeOrOpen(dir, name);
      if (root != null) {
        tree.levels.push(new Level(root, shown));
        tree.empty();
        root.close();
        tree.levels.pop();
        tree.check(AtCalls.tryUnlink(dir, name, true), "");
      }
    } finally {
      tree.levels.forEach(level -> level.fd.close());
    }
  }

  /** Empties the directory at the bottom of the stack. */
  private void empty() throws IOException {
    Level root = levels.getLast();
    while (true) {
      Level level = levels.getFirst();
      Directory.Entry entry = level.directory.next();
      if (entry != null) {
        Fd child = remove(level, entry);
        if (child != null) {
          descend(root, level, child, entry.name());
        }
      } else if (level == root) {
        again(root);
        if (root.directory.isAtEnd()) {
          return;
        }
      } else {
        leave(level);
      }
    }
  }

  private @Nullable Fd remove(Level level, Directory.Entry entry) throws LinuxException {
    if (entry.type() == Directory.Type.OTHER || entry.type() == Directory.Type.SYMLINK) {
      long result = AtCalls.tryUnlink(level.fd, entry.name(), false);
      if (!Native.failedWith(result, Errno.EISDIR)) {
        check(result, entry.name());
        return null;
      }
    }
    return removeOrOpen(level.fd, entry.name());
  }

  /** Opens a directory; removes anything else. */
  private @Nullable Fd removeOrOpen(Fd dir, String name) throws LinuxException {
    int flags = OpenFlags.RDONLY | OpenFlags.DIRECTORY | OpenFlags.NOFOLLOW;
    long result = AtCalls.tryOpenIn(dir, name, flags, 0, CONFINED);
    if (result >= 0) {
      return Fd.of((int) result);
    }
    if (Native.failedWith(result, Errno.ENOTDIR) || Native.failedWith(result, Errno.ELOOP)) {
      check(AtCalls.tryUnlink(dir, name, false), name);
      return null;
    }
    check(result, name);
    return null;
  }

  private void descend(Level root, Level level, Fd child, String name) throws LinuxException {
    if (levels.size() < MAX_DEPTH) {
      levels.push(new Level(child, name));
      return;
    }
    child.close();
    // A tree may be deeper than there are descriptors: its lower part becomes a directory of the
    // root and is met there when the root is read again.
    while (true) {
      String target = ".gantry-delete-" + moved++;
      try {
        At.rename(level.fd, name, root.fd, target, At.RENAME_NOREPLACE);
        return;
      } catch (LinuxException e) {
        if (e.errno() == Errno.ENOENT) {
          return;
        }
        if (e.errno() != Errno.EEXIST) {
          throw new LinuxException("delete tree: move up", path(name), e.number());
        }
      }
    }
  }

  /** Removes a directory that was read to its end. */
  private void leave(Level level) throws LinuxException {
    levels.pop();
    Level parent = levels.getFirst();
    long result = AtCalls.tryUnlink(parent.fd, level.name, true);
    if (Native.failedWith(result, Errno.ENOTEMPTY)) {
      levels.push(level);
      again(level);
      return;
    }
    level.fd.close();
    check(result, level.name);
  }

  private void again(Level level) throws LinuxException {
    if (level == levels.getLast() && moved > seen) {
      seen = moved;
    } else if (++level.passes > MAX_PASSES) {
      throw new LinuxException(
          "delete tree", path(""), Errno.ENOTEMPTY, "somebody keeps filling it");
    }
    level.directory.rewind();
  }

  private void check(long result, String last) throws LinuxException {
    if (result >= 0 || Native.failedWith(result, Errno.ENOENT)) {
      return;
    }
    boolean mount =
        Native.failedWith(result, Errno.EXDEV) || Native.failedWith(result, Errno.EBUSY);
    throw new LinuxException(
        "delete tree",
        path(last),
        Errno.of((int) -result),
        mount ? "a mount point; unmount it first" : "");
  }

  /** A name in the directory on top of the stack as a path from where the caller began. */
  private String path(String last) {
    if (levels.isEmpty()) {
      return shown;
    }
    StringBuilder path = new StringBuilder();
    levels.descendingIterator().forEachRemaining(l -> path.append(l.name).append('/'));
    return last.isEmpty() ? path.substring(0, path.length() - 1) : path + last;
  }
}
