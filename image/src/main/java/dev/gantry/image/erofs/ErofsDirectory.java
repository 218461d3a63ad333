package dev.gantry.image.erofs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes the data of a directory: blocks of {@code struct erofs_dirent} with the names behind them,
 * all in the order of their bytes, {@code .} and {@code ..} among them.
 */
public final class ErofsDirectory {
  private static final int ENTRY = 12;
  private static final int BLOCK = ErofsSuperblock.BLOCK_BYTES;

  private final OutputStream out;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
  private final byte[][] names = new byte[BLOCK / ENTRY][];
  private final long[] inodes = new long[BLOCK / ENTRY];
  private final byte[] types = new byte[BLOCK / ENTRY];
  private int count;
  private int bytes;
  private long written;

  public ErofsDirectory(OutputStream out) {
    this.out = out;
  }

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
   * @param name of 255 bytes at most
   * @param mode of what has the name
   */
  public void add(byte[] name, long inode, int mode) throws IOException {
    if (bytes + ENTRY + name.length > BLOCK) {
      flush(BLOCK);
    }
    names[count] = name;
    inodes[count] = inode;
    types[count] = (byte) typeOf(mode);
    count++;
    bytes += ENTRY + name.length;
  }

  private void flush(int size) throws IOException {
    Arrays.fill(block.array(), (byte) 0);
    int at = count * ENTRY;
    for (int i = 0; i < count; i++) {
      block.putLong(i * ENTRY, inodes[i]);
      block.putShort(i * ENTRY + 8, (short) at);
      block.put(i * ENTRY + 10, types[i]);
      block.put(at, names[i]);
      at += names[i].length;
    }
    out.write(block.array(), 0, size);
    written += size;
    count = 0;
    bytes = 0;
  }

  /**
   * Writes the last block, which ends with the last name.
   *
   * @return bytes of all of it
   */
  public long finish() throws IOException {
    flush(bytes);
    return written;
  }
}
