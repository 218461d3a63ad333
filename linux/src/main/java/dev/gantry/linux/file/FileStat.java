package dev.gantry.linux.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;

/**
 * What the kernel tells about a file (statx(2)).
 *
 * @param mode type and permission bits
 * @param size bytes
 * @param blocks512 allocated units of 512 bytes
 * @param dev device of the file system as makedev(3) packs it
 * @param rdev the device that a device node stands for, packed likewise
 * @param mountId the mount that the file was reached through; it tells two bind mounts of one file
 *     system apart
 */
public record FileStat(
    int mode,
    int uid,
    int gid,
    long size,
    long blocks512,
    long ino,
    long dev,
    int nlink,
    long rdev,
    Instant mtime,
    long mountId) {
  public static final int TYPE_MASK = 0170000;
  public static final int SOCKET = 0140000;
  public static final int SYMLINK = 0120000;
  public static final int REGULAR = 0100000;
  public static final int BLOCK_DEVICE = 0060000;
  public static final int DIRECTORY = 0040000;
  public static final int CHAR_DEVICE = 0020000;
  public static final int FIFO = 0010000;

  /** struct statx (include/uapi/linux/stat.h). */
  static final int STATX_BYTES = 256;

  static FileStat of(MemorySegment statx) {
    return new FileStat(
        statx.get(ValueLayout.JAVA_SHORT, 28) & 0xFFFF,
        statx.get(ValueLayout.JAVA_INT, 20),
        statx.get(ValueLayout.JAVA_INT, 24),
        statx.get(ValueLayout.JAVA_LONG, 40),
        statx.get(ValueLayout.JAVA_LONG, 48),
        statx.get(ValueLayout.JAVA_LONG, 32),
        dev(statx, 136),
        statx.get(ValueLayout.JAVA_INT, 16),
        dev(statx, 128),
        Instant.ofEpochSecond(
            statx.get(ValueLayout.JAVA_LONG, 112), statx.get(ValueLayout.JAVA_INT, 120)),
        statx.get(ValueLayout.JAVA_LONG, 144));
  }

  private static long dev(MemorySegment statx, int offset) {
    return At.dev(
        statx.get(ValueLayout.JAVA_INT, offset), statx.get(ValueLayout.JAVA_INT, offset + 4));
  }

  /** One of the type constants of this record. */
  public int type() {
    return mode & TYPE_MASK;
  }

  /** Permission bits with set-uid, set-gid and sticky. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isRegular() {
    return type() == REGULAR;
  }

  public boolean isDirectory() {
    return type() == DIRECTORY;
  }

  public boolean isSymlink() {
    return type() == SYMLINK;
  }

  public boolean isDevice() {
    return type() == CHAR_DEVICE || type() == BLOCK_DEVICE;
  }

  public boolean isFifo() {
    return type() == FIFO;
  }

  public boolean isSocket() {
    return type() == SOCKET;
  }

  /** An overlay whiteout: a character device 0:0 (Documentation/filesystems/overlayfs.rst). */
  public boolean isOverlayWhiteout() {
    return type() == CHAR_DEVICE && rdev == 0;
  }

  /** The same file as {@code other}, whatever the names. */
  public boolean sameFile(FileStat other) {
    return ino == other.ino && dev == other.dev;
  }
}
