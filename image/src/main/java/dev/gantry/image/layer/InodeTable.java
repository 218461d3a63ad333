package dev.gantry.image.layer;

import dev.gantry.image.erofs.ErofsInode;
import dev.gantry.image.erofs.ErofsInode.Layout;
import dev.gantry.image.erofs.ErofsLimitException;
import dev.gantry.image.erofs.ErofsSuperblock;
import dev.gantry.linux.NativeBuffer;
import dev.gantry.linux.file.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/**
 * The inodes of an index that are no directories, as they will lie in the image, outside the heap.
 * Each is told by its offset here, which is a multiple of {@link ErofsInode#BYTES}.
 */
final class InodeTable implements AutoCloseable {
  private static final int MOST_BYTES = 8 << 20;

  private static final int FIRST_BYTES = 64 << 10;
  private static final int BLOCK = ErofsSuperblock.BLOCK_BYTES;

  /** Targets of symbolic links that do not fit into the block of their inode. */
  private final Map<Integer, byte[]> longTargets = new TreeMap<>();

  private final IndexBudget budget;

  private NativeBuffer memory = new NativeBuffer(FIRST_BYTES);
  private ByteBuffer bytes = littleEndian(memory);
  private int used;
  private int count;
  private int taken;

  InodeTable(IndexBudget budget) {
    this.budget = budget;
  }

  private static ByteBuffer littleEndian(NativeBuffer memory) {
    return memory.bytes().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Adds a file whose data lie elsewhere, or that has none.
   *
   * @param union first block of the data, or the number of a device
   * @return its offset
   */
  int add(ErofsInode inode, long size, int union) throws ErofsLimitException {
    int at = place(inode.bytes());
    inode.write(bytes, at, Layout.PLAIN, ++count, size, union, 1);
    return at;
  }

  /** Adds a symbolic link. */
  int addLink(ErofsInode inode, byte[] target) throws ErofsLimitException {
    int whole = inode.bytes() + target.length;
    if (target.length >= BLOCK || whole > BLOCK) {
      int at = add(inode, target.length, 0);
      longTargets.put(at, target);
      return at;
    }
    boolean crosses = used % BLOCK + whole > BLOCK;
    if (crosses) {
      used = (used + BLOCK - 1) / BLOCK * BLOCK;
    }
    int at = place(whole);
    inode.write(bytes, at, Layout.INLINE, ++count, target.length, 0, 1);
    bytes.put(at + inode.bytes(), target);
    return at;
  }

  private int place(int size) throws ErofsLimitException {
    int at = used;
    int end = at + (size + ErofsInode.BYTES - 1) / ErofsInode.BYTES * ErofsInode.BYTES;
    if (end > MOST_BYTES) {
      throw new ErofsLimitException("inodes of more than " + MOST_BYTES + " bytes");
    }
    if (end > bytes.capacity()) {
      int capacity = (Math.max(end, 2 * bytes.capacity()) + BLOCK - 1) / BLOCK * BLOCK;
      budget.take(capacity - taken);
      taken = capacity;
      var more = new NativeBuffer(capacity);
      more.bytes().put(0, bytes, 0, Math.min(used, bytes.capacity()));
      memory.close();
      memory = more;
      bytes = littleEndian(more);
    }
    used = end;
    return at;
  }

  int mode(int at) {
    return ErofsInode.mode(bytes, at);
  }

  /**
   * Whether it is this device.
   *
   * @param type its type bits
   */
  boolean isDevice(int at, int type, int number) {
    return (mode(at) & FileStat.TYPE_MASK) == type && ErofsInode.union(bytes, at) == number;
  }

  byte[] target(int at) {
    byte[] target = longTargets.get(at);
    if (target == null) {
      target = new byte[(int) ErofsInode.size(bytes, at)];
      bytes.get(ErofsInode.end(bytes, at), target);
    }
    return target;
  }

  /** One name more, or one less. */
  void addLinks(int at, int more) {
    ErofsInode.addLinks(bytes, at, more);
  }

  /** How many there are. */
  int count() {
    return count;
  }

  /** Bytes of all of them. */
  int bytes() {
    return used;
  }

  /** Targets that need blocks of their own, by the offset of their inodes. */
  Map<Integer, byte[]> longTargets() {
    return longTargets;
  }

  void setBlock(int at, int block) {
    ErofsInode.setBlock(bytes, at, block);
  }

  /** All of it, as it lies in the image; good until the next change. */
  ByteBuffer image() {
    return bytes.slice(0, used);
  }

  @Override
  public void close() {
    memory.close();
    budget.give(taken);
    taken = 0;
  }
}
