package dev.gantry.image.erofs;

import java.nio.ByteBuffer;
import java.time.Instant;

/** What an inode says (struct erofs_inode_extended, fs/erofs/erofs_fs.h), but its data. */
public final class ErofsInode {
  /** Bytes of an inode without its extended attributes. */
  public static final int BYTES = 64;

  /** A number of an inode is its place in units of so many bytes. */
  public static final int SLOT_BYTES = 32;

  /** How the data of an inode lies. */
  public enum Layout {
    /** Whole blocks from a first one on. */
    PLAIN(0),
    /** Behind the inode, in the same block; only what is shorter than a block. */
    INLINE(2);

    private final int number;

    Layout(int number) {
      this.number = number;
    }
  }

  private static final int EXTENDED = 1;
  private static final int MODE = 4;
  private static final int SIZE = 8;
  private static final int UNION = 16;
  private static final int UID = 24;
  private static final int GID = 28;
  private static final int SECONDS = 32;
  private static final int NANOSECONDS = 40;
  private static final int LINKS = 44;

  private final int mode;
  private final long uid;
  private final long gid;
  private final Instant modified;
  private final byte[] xattrs;

  /**
   * @param mode type and permission bits
   * @param xattrs what {@link ErofsXattrs#encode} made
   */
  public ErofsInode(int mode, long uid, long gid, Instant modified, byte[] xattrs) {
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.modified = modified;
    this.xattrs = xattrs;
  }

  /** Bytes with extended attributes. */
  public int bytes() {
    return BYTES + xattrs.length;
  }

  /**
   * Writes the inode.
   *
   * @param to little endian
   * @param number what 32-bit programs get for its number
   * @param size of the data, in bytes
   * @param union first block of the data, or the number of a device
   */
  public void write(
      ByteBuffer to, int at, Layout layout, int number, long size, int union, int links) {
    to.putShort(at, (short) (EXTENDED | layout.number << 1));
    to.putShort(at + 2, (short) ErofsXattrs.count(xattrs));
    to.putShort(at + MODE, (short) mode);
    to.putShort(at + 6, (short) 0);
    to.putLong(at + SIZE, size);
    to.putInt(at + UNION, union);
    to.putInt(at + 20, number);
    to.putInt(at + UID, (int) uid);
    to.putInt(at + GID, (int) gid);
    to.putLong(at + SECONDS, modified.getEpochSecond());
    to.putInt(at + NANOSECONDS, modified.getNano());
    to.putInt(at + LINKS, links);
    to.putLong(at + 48, 0);
    to.putLong(at + 56, 0);
    to.put(at + BYTES, xattrs);
  }

  /** Type and permission bits of the inode that was written at {@code at}. */
  public static int mode(ByteBuffer from, int at) {
    return Short.toUnsignedInt(from.getShort(at + MODE));
  }

  /** Bytes of its data. */
  public static long size(ByteBuffer from, int at) {
    return from.getLong(at + SIZE);
  }

  /** First block of its data, or the number of a device. */
  public static int union(ByteBuffer from, int at) {
    return from.getInt(at + UNION);
  }

  /** Where it ends, and inline data begins. */
  public static int end(ByteBuffer from, int at) {
    return at + BYTES + ErofsXattrs.bytes(Short.toUnsignedInt(from.getShort(at + 2)));
  }

  /** Adds to the number of its names. */
  public static void addLinks(ByteBuffer to, int at, int more) {
    to.putInt(at + LINKS, to.getInt(at + LINKS) + more);
  }

  /**
   * Changes whose it is, what they may and when it was changed.
   *
   * @param mode type and permission bits
   */
  public static void change(ByteBuffer to, int at, int mode, int uid, int gid, Instant modified) {
    to.putShort(at + MODE, (short) mode);
    to.putInt(at + UID, uid);
    to.putInt(at + GID, gid);
    to.putLong(at + SECONDS, modified.getEpochSecond());
    to.putInt(at + NANOSECONDS, modified.getNano());
  }

  /** Sets the first block of its data. */
  public static void setBlock(ByteBuffer to, int at, int block) {
    to.putInt(at + UNION, block);
  }
}
