package dev.gantry.image.erofs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The data of a directory: blocks of {@code struct erofs_dirent} with the names behind them, all in
 * the order of their bytes, {@code .} and {@code ..} among them.
 */
public final class ErofsDirectory {
  private static final int ENTRY = 12;
  private static final int BLOCK = ErofsSuperblock.BLOCK_BYTES;

  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[][] names = new byte[BLOCK / ENTRY][];
  private final long[] inodes = new long[BLOCK / ENTRY];
  private final byte[] types = new byte[BLOCK / ENTRY];
  private int count;
  private int bytes;

  /** The number of a type of file (fs_types.h), from the type bits of a mode. */
  private static int typeOf(int mode) {
    return switch (mode & 0170000) {
      case 0100000 -> 1;
      case 0040000 -> 2;
      case 0020000 -> 3;
      case 0060000 -> 4;
      case 0010000 -> 5;
      case 0140000 -> 6;
      case 0120000 -> 7;
      default -> 0;
    };
  }

  /**
   * Adds the next name.
   *
   * @param mode of what has the name
   */
  public void add(byte[] name, long inode, int mode) {
    if (bytes + ENTRY + name.length > BLOCK) {
      flush();
      data.writeBytes(block.array());
    }
    names[count] = name;
    inodes[count] = inode;
    types[count] = (byte) typeOf(mode);
    count++;
    bytes += ENTRY + name.length;
  }

  /** Puts what was added into the block, from whose start no byte is left of an earlier one. */
  private void flush() {
    java.util.Arrays.fill(block.array(), (byte) 0);
    int at = count * ENTRY;
    for (int i = 0; i < count; i++) {
      block.putLong(i * ENTRY, inodes[i]);
      block.putShort(i * ENTRY + 8, (short) at);
      block.put(i * ENTRY + 10, types[i]);
      block.put(at, names[i]);
      at += names[i].length;
    }
    count = 0;
    bytes = 0;
  }

  /** All of it; the last block ends with the last name. */
  public byte[] finish() {
    int last = bytes;
    flush();
    data.write(block.array(), 0, last);
    return data.toByteArray();
  }
}
