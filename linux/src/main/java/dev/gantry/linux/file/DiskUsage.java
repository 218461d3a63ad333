package dev.gantry.linux.file;

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
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/**
 * How much a directory tree takes on its disk, as du(1) counts, in bounded memory whatever the
 * tree; and what the file system has.
 */
public final class DiskUsage {
  /** Directories held open at once; who wants deeper ones must try, as no path reaches there. */
  private static final int MAX_DEPTH = 2100;

  /** Files with several names that are remembered, to count them once. */
  private static final int MAX_LINKED = 50_000;

  private static final long CONFINED = Resolve.NO_XDEV.bit() | Resolve.NO_SYMLINKS.bit();

  private final ArrayDeque<Level> levels = new ArrayDeque<>();
  private final Set<Long> linked = new HashSet<>();
  private long bytes;
  private long inodes;
  private boolean whole = true;

  private record Level(Fd fd, Directory directory) {}

  /**
   * @param bytes allocated, which is blocks of 512 bytes
   * @param inodes files of every kind, the directory itself included
   * @param whole whether that is all: what lies deeper than 2,100 directories is not counted
   */
  public record Usage(long bytes, long inodes, boolean whole) {
    /** All that there is. */
    public Usage(long bytes, long inodes) {
      this(bytes, inodes, true);
    }

    /** Both together. */
    public Usage plus(Usage other) {
      return new Usage(bytes + other.bytes, inodes + other.inodes, whole && other.whole);
    }
  }

  /**
   * What statfs(2) tells.
   *
   * @param availableBytes free for those without privileges
   * @param type the file system's magic number
   * @param nosuid whether the mount honours no set-user-ID bits
   * @param nodev whether devices on the mount cannot be used
   * @param noexec whether no program on the mount may run
   */
  public record FsInfo(
      long totalBytes,
      long freeBytes,
      long availableBytes,
      long totalInodes,
      long freeInodes,
      long type,
      boolean nosuid,
      boolean nodev,
      boolean noexec) {}

  private static final int STATFS_BYTES = 120;
  private static final int ST_NOSUID = 2;
  private static final int ST_NODEV = 4;
  private static final int ST_NOEXEC = 8;

  private DiskUsage() {}

  /**
   * Measures a tree. Other file systems mounted in it are not entered, symbolic links count as
   * themselves, a file with several names in it counts once, and what vanishes meanwhile is left
   * out.
   *
   * @throws LinuxException ENOENT when there is no such directory
   */
  public static Usage of(Path directory) throws IOException {
    DiskUsage usage = new DiskUsage();
    try {
      int flags = OpenFlags.RDONLY | OpenFlags.DIRECTORY;
      Fd root = At.open(At.CWD, directory.toString(), flags, 0);
      usage.levels.push(new Level(root, Directory.reading(root)));
      usage.count(At.stat(root));
      usage.walk(directory);
      return new Usage(usage.bytes, usage.inodes, usage.whole);
    } finally {
      usage.levels.forEach(level -> level.fd.close());
    }
  }

  private void walk(Path directory) throws LinuxException {
    long mount = At.stat(levels.getFirst().fd).mountId();
    while (!levels.isEmpty()) {
      Level level = levels.getFirst();
      Directory.Entry entry = level.directory.next();
      if (entry == null) {
        levels.pop().fd.close();
        continue;
      }
      FileStat stat = At.find(level.fd, entry.name(), false).orElse(null);
      if (stat == null || stat.mountId() != mount) {
        continue;
      }
      count(stat);
      if (stat.isDirectory()) {
        enter(level.fd, entry.name(), directory);
      }
    }
  }

  private void enter(Fd dir, String name, Path directory) throws LinuxException {
    if (levels.size() >= MAX_DEPTH) {
      whole = false;
      return;
    }
    int flags = OpenFlags.RDONLY | OpenFlags.DIRECTORY | OpenFlags.NOFOLLOW;
    long result = AtCalls.tryOpenIn(dir, name, flags, 0, CONFINED);
    boolean changed =
        Native.failedWith(result, Errno.ENOENT)
            || Native.failedWith(result, Errno.ENOTDIR)
            || Native.failedWith(result, Errno.ELOOP)
            || Native.failedWith(result, Errno.EXDEV);
    if (!changed) {
      Fd child = Fd.of((int) Native.check(result, "measure", directory + "/…/" + name));
      levels.push(new Level(child, Directory.reading(child)));
    }
  }

  private void count(FileStat stat) {
    long size = stat.blocks512() * 512;
    if (stat.nlink() > 1 && !stat.isDirectory()) {
      if (linked.contains(stat.ino())) {
        return;
      }
      // Beyond the bound each name counts: rather too much than a heap that a container can fill.
      if (linked.size() < MAX_LINKED) {
        linked.add(stat.ino());
      }
    }
    bytes += size;
    inodes++;
  }

  /** The state of the file system that holds {@code path}. */
  public static FsInfo statfs(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(STATFS_BYTES, 8);
      MemorySegment name = Native.string(arena, path.toString());
      Native.check(
          Native.retry(Nr.STATFS, name.address(), buffer.address()), "statfs", path.toString());
      return info(buffer);
    }
  }

  /** The state of the file system that holds an open file, also one that is a symbolic link. */
  public static FsInfo statfs(Fd fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(STATFS_BYTES, 8);
      Native.check(
          Native.retry(Nr.FSTATFS, fd.number(), buffer.address()), "fstatfs", fd.toString());
      return info(buffer);
    }
  }

  private static FsInfo info(MemorySegment buffer) {
    long unit = buffer.get(ValueLayout.JAVA_LONG, 72);
    long flags = buffer.get(ValueLayout.JAVA_LONG, 80);
    return new FsInfo(
        unit * buffer.get(ValueLayout.JAVA_LONG, 16),
        unit * buffer.get(ValueLayout.JAVA_LONG, 24),
        unit * buffer.get(ValueLayout.JAVA_LONG, 32),
        buffer.get(ValueLayout.JAVA_LONG, 40),
        buffer.get(ValueLayout.JAVA_LONG, 48),
        buffer.get(ValueLayout.JAVA_LONG, 0),
        (flags & ST_NOSUID) != 0,
        (flags & ST_NODEV) != 0,
        (flags & ST_NOEXEC) != 0);
  }
}
