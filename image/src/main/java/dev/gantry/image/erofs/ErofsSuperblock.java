package dev.gantry.image.erofs;

import dev.gantry.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The beginning of an image whose files' data are blocks of one other file (struct
 * erofs_super_block and erofs_deviceslot).
 *
 * @param root number of the root's inode
 * @param inodes how many there are
 * @param blocks of the image
 * @param deviceBlocks of the other file
 * @param content of the other file; makes the image's UUID, as overlayfs tells layers apart by it
 */
public record ErofsSuperblock(
    int root, long inodes, long blocks, long deviceBlocks, Digest content) {
  /** A block is one of tar's, so that an archive's files begin with a block each. */
  public static final int BLOCK_BITS = 9;

  public static final int BLOCK_BYTES = 1 << BLOCK_BITS;

  /** Where the first inode may be. */
  public static final int END = 1280;

  /** The other file's first block, seen from an inode: behind every block of the image. */
  public static final int DEVICE_BLOCK = 1 << 30;

  private static final int START = 1024;
  private static final int SLOT_BYTES = 128;
  private static final int UUID_BYTES = 16;
  private static final int MAGIC = 0xE0F5E1E2;
  private static final int COMPAT_MTIME = 2;
  private static final int INCOMPAT_DEVICE_TABLE = 8;
  private static final byte[] NAME = "gantry-layer".getBytes(StandardCharsets.US_ASCII);

  /**
   * Writes superblock and device table.
   *
   * @param to little endian, zero so far
   */
  public void write(ByteBuffer to) {
    to.putInt(START, MAGIC);
    to.putInt(START + 8, COMPAT_MTIME);
    to.put(START + 12, (byte) BLOCK_BITS);
    to.putShort(START + 14, (short) root);
    to.putLong(START + 16, inodes);
    to.putInt(START + 36, (int) blocks);
    to.put(START + 48, HexFormat.of().parseHex(content.hex(), 0, 2 * UUID_BYTES));
    to.put(START + 64, NAME);
    to.putInt(START + 80, INCOMPAT_DEVICE_TABLE);
    to.putShort(START + 86, (short) 1);
    to.putShort(START + 88, (short) ((START + SLOT_BYTES) / SLOT_BYTES));
    int slot = START + SLOT_BYTES;
    to.putInt(slot + 64, (int) deviceBlocks);
    to.putInt(slot + 68, DEVICE_BLOCK);
  }
}
