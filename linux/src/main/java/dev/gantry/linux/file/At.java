package dev.gantry.linux.file;

import dev.gantry.linux.CallMemory;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * File calls relative to the descriptor of a directory; {@link #CWD} with an absolute path where
 * there is none. Every failure is a {@link LinuxException} that names call, path and error number.
 *
 * <p>Unless a method says otherwise the <em>last</em> component is never followed when it is a
 * symbolic link, but those before it are: what others prepared is opened with {@link #openIn} and
 * changed by a single name in that directory. Modes of new files are narrowed by the process's
 * umask.
 */
public final class At {
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int FALLOC_FL_KEEP_SIZE = 1;

  /** The working directory; with an absolute path it does not matter. */
  public static final Fd CWD = Fd.CWD;

  /** Fail with EEXIST instead of replacing (renameat2(2)). */
  public static final int RENAME_NOREPLACE = 1;

  /** Swap two names atomically. */
  public static final int RENAME_EXCHANGE = 2;

  private static final int PATH_MAX = 4096;

  private At() {}

  /**
   * Opens a file (openat(2)), always close-on-exec.
   *
   * @param flags of {@link OpenFlags}; without {@link OpenFlags#NOFOLLOW} a link is followed
   * @param mode permissions when it is made, else 0
   */
  public static Fd open(Fd dir, String path, int flags, int mode) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      return Fd.of(
          (int)
              Native.check(
                  Native.retry(
                      Nr.OPENAT,
                      dir.number(),
                      Native.string(arena, path).address(),
                      flags | OpenFlags.CLOEXEC,
                      mode),
                  "open",
                  path));
    }
  }

  /**
   * Opens a path that others may have prepared, confined as {@code resolve} says (openat2(2), Linux
   * 5.6), always close-on-exec. {@link Resolve#IN_ROOT} is the answer for a path inside a
   * container's root.
   */
  public static Fd openIn(
      Fd root, String path, int flags, int mode, Resolve resolve, Resolve... more)
      throws LinuxException {
    long bits = resolve.bit();
    for (Resolve r : more) {
      bits |= r.bit();
    }
    return Fd.of(
        (int) Native.check(AtCalls.tryOpenIn(root, path, flags, mode, bits), "open", path));
  }

  /** The state of a file below {@code dir}; an empty name is {@code dir} itself. */
  public static FileStat stat(Fd dir, String name, boolean followLink) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      MemorySegment buffer = arena.allocate(FileStat.STATX_BYTES, 8);
      Native.check(AtCalls.statx(arena, dir, name, followLink, buffer), "stat", name);
      return FileStat.of(buffer);
    }
  }

  /** The state of an open file. */
  public static FileStat stat(Fd fd) throws LinuxException {
    return stat(fd, "", false);
  }

  /** {@link #stat(Fd, String, boolean)} of a file that may be absent (ENOENT, ENOTDIR). */
  public static Optional<FileStat> find(Fd dir, String name, boolean followLink)
      throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      MemorySegment buffer = arena.allocate(FileStat.STATX_BYTES, 8);
      long result = AtCalls.statx(arena, dir, name, followLink, buffer);
      if (Native.failedWith(result, Errno.ENOENT) || Native.failedWith(result, Errno.ENOTDIR)) {
        return Optional.empty();
      }
      Native.check(result, "stat", name);
      return Optional.of(FileStat.of(buffer));
    }
  }

  /** Makes a directory. */
  public static void mkdir(Fd dir, String name, int mode) throws LinuxException {
    AtCalls.onName(Nr.MKDIRAT, dir, name, mode, 0, "mkdir");
  }

  /**
   * Makes a device node, FIFO, socket or regular file (mknod(2)).
   *
   * @param modeWithType permissions and one of the type constants of {@link FileStat}
   * @param dev of {@link #dev}, 0 when it is no device
   */
  public static void mknod(Fd dir, String name, int modeWithType, long dev) throws LinuxException {
    if (dev >>> 32 != 0) {
      throw new LinuxException("mknod", name, Errno.EINVAL, "device number out of range");
    }
    AtCalls.onName(Nr.MKNODAT, dir, name, modeWithType, dev, "mknod");
  }

  /** Makes a symbolic link {@code name} that holds {@code target}. */
  public static void symlink(String target, Fd dir, String name) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      Native.check(
          Native.retry(
              Nr.SYMLINKAT,
              Native.string(arena, target).address(),
              dir.number(),
              Native.string(arena, name).address()),
          "symlink",
          name);
    }
  }

  /**
   * What a symbolic link holds; an empty name is {@code dir} itself, opened with {@link
   * OpenFlags#PATH}.
   */
  public static String readlink(Fd dir, String name) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      MemorySegment buffer = arena.allocate(PATH_MAX);
      long length =
          Native.check(
              Native.retry(
                  Nr.READLINKAT,
                  dir.number(),
                  Native.string(arena, name).address(),
                  buffer.address(),
                  PATH_MAX),
              "readlink",
              name);
      return Native.text(buffer, 0, (int) length);
    }
  }

  /** Makes a second name of a file (linkat(2)); a symbolic link is linked itself. */
  public static void link(Fd oldDir, String oldName, Fd newDir, String newName)
      throws LinuxException {
    AtCalls.onNames(Nr.LINKAT, oldDir, oldName, newDir, newName, 0, "link");
  }

  /** Removes a name that is no directory. */
  public static void unlink(Fd dir, String name) throws LinuxException {
    AtCalls.onName(Nr.UNLINKAT, dir, name, 0, 0, "unlink");
  }

  /** Removes an empty directory. */
  public static void rmdir(Fd dir, String name) throws LinuxException {
    AtCalls.onName(Nr.UNLINKAT, dir, name, AtCalls.REMOVEDIR, 0, "rmdir");
  }

  /**
   * Renames a file (renameat2(2)), replacing what has the new name unless the flags say otherwise.
   *
   * @param flags 0, {@link #RENAME_NOREPLACE} or {@link #RENAME_EXCHANGE}
   */
  public static void rename(Fd oldDir, String oldName, Fd newDir, String newName, int flags)
      throws LinuxException {
    AtCalls.onNames(Nr.RENAMEAT2, oldDir, oldName, newDir, newName, flags, "rename");
  }

  /** Swaps two names atomically; both must exist. */
  public static void exchange(Fd oldDir, String oldName, Fd newDir, String newName)
      throws LinuxException {
    rename(oldDir, oldName, newDir, newName, RENAME_EXCHANGE);
  }

  /**
   * Sets the permission bits of a file, never of what a link points to: for a symbolic link the
   * error is EOPNOTSUPP, whether the kernel has fchmodat2(2) (Linux 6.6) or not.
   */
  public static void chmod(Fd dir, String name, int mode) throws LinuxException {
    long result;
    try (Arena arena = CallMemory.open()) {
      result =
          Native.retry(
              Nr.FCHMODAT2,
              dir.number(),
              Native.string(arena, name).address(),
              mode,
              AtCalls.SYMLINK_NOFOLLOW | AtCalls.EMPTY_PATH);
    }
    if (Native.failedWith(result, Errno.ENOSYS)) {
      chmodByHandle(dir, name, mode);
    } else {
      Native.check(result, "chmod", name);
    }
  }

  /** For kernels before 6.6: a handle that is known to be no link cannot become one. */
  static void chmodByHandle(Fd dir, String name, int mode) throws LinuxException {
    if (name.isEmpty()) {
      chmodOpen(dir, name, mode);
      return;
    }
    try (Fd handle = open(dir, name, OpenFlags.PATH | OpenFlags.NOFOLLOW, 0)) {
      chmodOpen(handle, name, mode);
    }
  }

  private static void chmodOpen(Fd file, String name, int mode) throws LinuxException {
    if (stat(file).isSymlink()) {
      throw new LinuxException("chmod", name, Errno.EOPNOTSUPP.number());
    }
    try (Arena arena = CallMemory.open()) {
      MemorySegment path = Native.string(arena, file.procPath());
      Native.check(Native.retry(Nr.FCHMODAT, CWD.number(), path.address(), mode), "chmod", name);
    }
  }

  /**
   * Sets the owner of a file or link, -1 leaves one as it is; an empty name is {@code dir} itself.
   */
  public static void chown(Fd dir, String name, int uid, int gid) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      Native.check(
          Native.retry(
              Nr.FCHOWNAT,
              dir.number(),
              Native.string(arena, name).address(),
              uid,
              gid,
              AtCalls.SYMLINK_NOFOLLOW | AtCalls.EMPTY_PATH),
          "chown",
          name);
    }
  }

  /**
   * Sets the times of a file or link to the nanosecond (utimensat(2)), null leaves one as it is; an
   * empty name is {@code dir} itself.
   */
  public static void utimens(Fd dir, String name, @Nullable Instant atime, @Nullable Instant mtime)
      throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      MemorySegment times = arena.allocate(ValueLayout.JAVA_LONG, 4);
      AtCalls.putTime(times, 0, atime);
      AtCalls.putTime(times, 2, mtime);
      Native.check(
          Native.retry(
              Nr.UTIMENSAT,
              dir.number(),
              Native.string(arena, name).address(),
              times.address(),
              AtCalls.SYMLINK_NOFOLLOW | AtCalls.EMPTY_PATH),
          "set times of",
          name);
    }
  }

  /**
   * Gives an open file this size (ftruncate(2)); what it gains is a hole, and what was allocated
   * beyond is free again.
   */
  public static void truncate(Fd fd, long size) throws LinuxException {
    Native.check(Native.retry(Nr.FTRUNCATE, fd.number(), size), "truncate", fd.toString());
  }

  /**
   * Sets disk space aside for a part of a file without changing its size: writes there do not fail
   * for want of space (fallocate(2), FALLOC_FL_KEEP_SIZE). What was set aside before stays.
   *
   * @throws LinuxException ENOSPC or EDQUOT when there is not so much, EOPNOTSUPP when the file
   *     system cannot
   */
  public static void allocate(Fd fd, long offset, long bytes) throws LinuxException {
    Native.check(
        Native.retry(Nr.FALLOCATE, fd.number(), FALLOC_FL_KEEP_SIZE, offset, bytes),
        "allocate",
        fd.toString());
  }

  /** Waits until a file's data and state, or a directory's names, are on the disk. */
  public static void fsync(Fd fd) throws LinuxException {
    Native.check(Native.retry(Nr.FSYNC, fd.number()), "fsync", fd.toString());
  }

  /**
   * Has the kernel begin to write a file's data to the disk and does not wait for it: a later sync
   * finds less to do (sync_file_range(2), SYNC_FILE_RANGE_WRITE). It makes nothing durable.
   */
  public static void startWriteback(Fd fd) throws LinuxException {
    Native.check(
        Native.retry(Nr.SYNC_FILE_RANGE, fd.number(), 0, 0, SYNC_FILE_RANGE_WRITE),
        "sync_file_range",
        fd.toString());
  }

  /** Waits until everything of the file system that holds this file is on the disk. */
  public static void syncfs(Fd fd) throws LinuxException {
    Native.check(Native.retry(Nr.SYNCFS, fd.number()), "syncfs", fd.toString());
  }

  /** A device number as makedev(3) packs it. */
  public static long dev(int major, int minor) {
    long hi = Integer.toUnsignedLong(major);
    long lo = Integer.toUnsignedLong(minor);
    return (lo & 0xff) | ((hi & 0xfff) << 8) | ((lo & ~0xffL) << 12) | ((hi & ~0xfffL) << 32);
  }

  /** The major part of a device number. */
  public static int major(long dev) {
    return (int) (((dev >> 8) & 0xfff) | ((dev >> 32) & ~0xfff));
  }

  /** The minor part of a device number. */
  public static int minor(long dev) {
    return (int) ((dev & 0xff) | ((dev >> 12) & ~0xff));
  }
}
