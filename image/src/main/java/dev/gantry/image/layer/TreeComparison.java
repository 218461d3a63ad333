package dev.gantry.image.layer;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.Resolve;
import dev.gantry.linux.file.Xattr;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds a tree against what it should be: names, types, owners, modes, times, sizes, link targets,
 * device numbers, extended attributes and which names are one file. Contents are not read.
 */
final class TreeComparison {
  private static final int MOST = 8;

  /** Given by the machine's own policy, not by the archive. */
  private static final Set<String> LOCAL = Set.of("security.selinux", "security.ima");

  private final Fd expected;
  private final Fd actual;
  private final Set<String> anyTime;
  private final boolean directoryTimes;
  private final Map<Long, Long> sameFile = new HashMap<>();
  private final Map<Long, Long> sameFileBack = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private long more;

  private TreeComparison(Fd expected, Fd actual, Set<String> anyTime, boolean directoryTimes) {
    this.expected = expected;
    this.actual = actual;
    this.anyTime = anyTime;
    this.directoryTimes = directoryTimes;
  }

  /**
   * @param anyTime directories whose time nobody has stated
   * @param directoryTimes whether times of directories can be told
   * @return what differs, a few lines at most
   */
  static List<String> compare(
      Path expected, Path actual, Set<String> anyTime, boolean directoryTimes) throws IOException {
    try (Fd should = At.open(Fd.CWD, expected.toString(), LayerTree.DIRECTORY, 0);
        Fd is = At.open(Fd.CWD, actual.toString(), LayerTree.DIRECTORY, 0)) {
      var comparison = new TreeComparison(should, is, anyTime, directoryTimes);
      comparison.all();
      if (comparison.more > 0) {
        comparison.problems.add("and " + comparison.more + " more");
      }
      return comparison.problems;
    }
  }

  private void all() throws IOException {
    compare(expected, actual, "", "");
    Deque<String> todo = new ArrayDeque<>(List.of(""));
    while (!todo.isEmpty()) {
      String path = todo.pop();
      try (Fd should = open(expected, path);
          Fd is = open(actual, path)) {
        Set<String> there = new TreeSet<>(DirectoryNames.list(is));
        for (String name : new TreeSet<>(DirectoryNames.list(should))) {
          String full = EntryPath.child(path, name);
          if (!there.remove(name)) {
            problem(full, "is missing");
          } else if (compare(should, is, name, full)) {
            todo.push(full);
          }
        }
        there.forEach(name -> problem(EntryPath.child(path, name), "does not belong here"));
      }
    }
  }

  private static Fd open(Fd root, String path) throws IOException {
    String relative = path.isEmpty() ? "." : path;
    return At.openIn(root, relative, LayerTree.DIRECTORY, 0, Resolve.BENEATH, Resolve.NO_SYMLINKS);
  }

  /** Whether both are directories, whose content is to be compared. */
  private boolean compare(Fd shouldDir, Fd isDir, String name, String path) throws IOException {
    FileStat should = name.isEmpty() ? At.stat(shouldDir) : At.stat(shouldDir, name, false);
    FileStat is = name.isEmpty() ? At.stat(isDir) : At.stat(isDir, name, false);
    if (should.type() != is.type()) {
      problem(path, "has type %o, not %o".formatted(is.type() >> 12, should.type() >> 12));
      return false;
    }
    differ(
        path, "mode", "%04o".formatted(is.permissions()), "%04o".formatted(should.permissions()));
    differ(path, "owner", is.uid() + ":" + is.gid(), should.uid() + ":" + should.gid());
    if (should.isRegular()) {
      differ(path, "size", is.size(), should.size());
    }
    if (should.isDevice()) {
      differ(path, "device", is.rdev(), should.rdev());
    }
    if (should.isSymlink()) {
      differ(path, "target", At.readlink(isDir, name), At.readlink(shouldDir, name));
    }
    boolean timed = should.isDirectory() ? directoryTimes : !should.isOverlayWhiteout();
    if (timed && !anyTime.contains(path)) {
      differ(path, "time", is.mtime(), should.mtime());
    }
    if (!should.isDirectory() && (should.nlink() > 1 || is.nlink() > 1)) {
      links(path, should, is);
    }
    xattrs(shouldDir, isDir, name, path);
    return should.isDirectory();
  }

  /** Names that are one file in one tree must be one in the other. */
  private void links(String path, FileStat should, FileStat is) {
    Long first = sameFile.putIfAbsent(should.ino(), is.ino());
    Long back = sameFileBack.putIfAbsent(is.ino(), should.ino());
    if ((first != null && first != is.ino()) || (back != null && back != should.ino())) {
      problem(path, "is not the file that it should be a hard link of");
    }
  }

  private void xattrs(Fd shouldDir, Fd isDir, String name, String path) throws IOException {
    Set<String> there = new TreeSet<>(Xattr.list(isDir, name));
    there.removeAll(LOCAL);
    for (String key : Xattr.list(shouldDir, name)) {
      if (LOCAL.contains(key)) {
        continue;
      }
      there.remove(key);
      Optional<byte[]> should = Xattr.get(shouldDir, name, key);
      Optional<byte[]> is = Xattr.get(isDir, name, key);
      if (should.isPresent() && (is.isEmpty() || !Arrays.equals(is.get(), should.get()))) {
        problem(path, "xattr " + key + (is.isEmpty() ? " is missing" : " is another"));
      }
    }
    there.forEach(key -> problem(path, "xattr " + key + " does not belong here"));
  }

  private void differ(String path, String what, Object is, Object should) {
    if (!is.equals(should)) {
      problem(path, what + " is " + is + ", not " + should);
    }
  }

  private void problem(String path, String what) {
    if (problems.size() < MOST) {
      problems.add("'" + (path.isEmpty() ? "/" : path) + "' " + what);
    } else {
      more++;
    }
  }
}
