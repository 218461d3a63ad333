package dev.gantry.image.layer;

import dev.gantry.image.erofs.ErofsDirectory;
import dev.gantry.image.erofs.ErofsInode;
import dev.gantry.image.erofs.ErofsInode.Layout;
import dev.gantry.image.erofs.ErofsLimitException;
import dev.gantry.image.erofs.ErofsSuperblock;
import dev.gantry.image.erofs.ErofsXattrs;
import dev.gantry.linux.file.FileStat;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where everything of an {@link ArchiveIndex} lies in its image: superblock, directories, the other
 * inodes, and what has blocks of its own.
 */
final class IndexImage {
  private static final int BLOCK = ErofsSuperblock.BLOCK_BYTES;

  private final List<IndexedDirectory> directories;
  private final List<ErofsInode> inodes;
  private final InodeTable files;

  /** Offsets in the image, by the numbers of the directories. */
  private final int[] places;

  /** Where the inode table begins. */
  private final int filesAt;

  /**
   * @param all by their numbers, null where one was taken away; the first is the root
   */
  IndexImage(List<@Nullable IndexedDirectory> all, InodeTable files) throws ErofsLimitException {
    this.directories = new ArrayList<>(all.size());
    this.inodes = new ArrayList<>(all.size());
    this.files = files;
    this.places = new int[all.size()];
    int end = ErofsSuperblock.END;
    for (IndexedDirectory d : all) {
      if (d != null) {
        ErofsInode inode = inode(d);
        directories.add(d);
        inodes.add(inode);
        places[d.number()] = end;
        end += rounded(inode.bytes(), ErofsInode.BYTES);
      }
    }
    this.filesAt = rounded(end, BLOCK);
  }

  private static ErofsInode inode(IndexedDirectory d) throws ErofsLimitException {
    return new ErofsInode(
        FileStat.DIRECTORY | d.mode(),
        d.uid(),
        d.gid(),
        d.modified(),
        ErofsXattrs.encode(d.xattrs()));
  }

  /** Offset of a directory's inode in the image, in bytes. */
  long place(IndexedDirectory directory) {
    return places[directory.number()];
  }

  /**
   * Writes the image.
   *
   * @param archiveBytes size of the archive
   * @param diffId of the archive
   */
  void write(OutputStream out, long archiveBytes, Digest diffId) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(filesAt).order(ByteOrder.LITTLE_ENDIAN);
    int blocks = place(head);
    new ErofsSuperblock(
            places[0] / ErofsInode.SLOT_BYTES,
            (long) directories.size() + files.count(),
            blocks,
            (archiveBytes + BLOCK - 1) / BLOCK,
            diffId)
        .write(head);
    WritableByteChannel to = Channels.newChannel(out);
    to.write(head);
    to.write(files.image());
    pad(out, files.bytes());
    // Made a second time: all of it at once would be as large as the names.
    for (IndexedDirectory d : directories) {
      pad(out, data(d, out));
    }
    for (byte[] target : files.longTargets().values()) {
      out.write(target);
      pad(out, target.length);
    }
  }

  /** Writes the directories' inodes and gives everything its blocks; how many those are in all. */
  private int place(ByteBuffer head) throws IOException {
    int block = (filesAt + rounded(files.bytes(), BLOCK)) / BLOCK;
    for (int i = 0; i < directories.size(); i++) {
      IndexedDirectory d = directories.get(i);
      long size = data(d, OutputStream.nullOutputStream());
      int number = files.count() + i + 1;
      inodes.get(i).write(head, places[d.number()], Layout.PLAIN, number, size, block, d.links());
      block += (int) ((size + BLOCK - 1) / BLOCK);
    }
    for (Map.Entry<Integer, byte[]> link : files.longTargets().entrySet()) {
      files.setBlock(link.getKey(), block);
      block += rounded(link.getValue().length, BLOCK) / BLOCK;
    }
    return block;
  }

  /** Writes what a directory has, and says how many bytes that is. */
  private long data(IndexedDirectory d, OutputStream out) throws IOException {
    var data = new ErofsDirectory(out);
    d.forEach((name, value) -> {
      int at = value < 0 ? places[~value] : filesAt + value;
      int mode = value < 0 ? FileStat.DIRECTORY : files.mode(value);
      data.add(name, at / ErofsInode.SLOT_BYTES, mode);
    });
    return data.finish();
  }

  private static void pad(OutputStream out, long written) throws IOException {
    out.write(new byte[(int) (-written & (BLOCK - 1))]);
  }

  private static int rounded(int size, int unit) {
    return (size + unit - 1) / unit * unit;
  }
}
