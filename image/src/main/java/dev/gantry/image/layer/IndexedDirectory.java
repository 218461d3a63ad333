package dev.gantry.image.layer;

import dev.gantry.image.tar.TarEntry;
import dev.gantry.linux.FileName;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A directory of an {@link ArchiveIndex}: what it holds, in the order of the names' bytes. A file
 * is told by its offset in the inode table, a directory by the complement of its number.
 */
final class IndexedDirectory implements LayerTarget.Place {
  private static final int FIRST = 4;
  private static final Map<String, byte[]> OPAQUE = Map.of(LayerTree.OPAQUE, new byte[] {'y'});

  private final int number;
  private final String path;
  private byte[][] names = new byte[FIRST][];
  private int[] values = new int[FIRST];
  private int count;
  private int subdirectories;
  private int mode = 0755;
  private long uid;
  private long gid;
  private Instant modified = Instant.EPOCH;
  private Map<String, byte[]> xattrs = Map.of();
  private boolean opaque;

  /**
   * @param number of all directories, the root has 0
   * @param parent number of the one it is in
   */
  IndexedDirectory(int number, String path, int parent) {
    this.number = number;
    this.path = path;
    put(".", ~number);
    put("..", ~parent);
    subdirectories = 0;
  }

  int number() {
    return number;
  }

  @Override
  public String path() {
    return path;
  }

  /** Makes it what an entry says. */
  void set(TarEntry entry, Map<String, byte[]> kept) {
    mode = entry.mode();
    uid = entry.uid();
    gid = entry.gid();
    modified = entry.mtime();
    if (xattrs.isEmpty()) {
      xattrs = kept;
    } else if (!kept.isEmpty()) {
      // As on a disk, where a second entry changes a directory and does not make it anew.
      xattrs = new TreeMap<>(xattrs);
      xattrs.putAll(kept);
    }
  }

  void setOpaque() {
    opaque = true;
  }

  int mode() {
    return mode;
  }

  long uid() {
    return uid;
  }

  long gid() {
    return gid;
  }

  Instant modified() {
    return modified;
  }

  Map<String, byte[]> xattrs() {
    if (!opaque) {
      return xattrs;
    }
    var all = new TreeMap<>(xattrs);
    all.putAll(OPAQUE);
    return all;
  }

  /** Number of links: its name, its own dot, and each directory's in it. */
  int links() {
    return 2 + subdirectories;
  }

  /** Where the name is, or the complement of where it would be. */
  private int search(byte[] name) {
    // Archives are most often in order.
    if (count > 0 && Arrays.compareUnsigned(names[count - 1], name) < 0) {
      return ~count;
    }
    return Arrays.binarySearch(names, 0, count, name, Arrays::compareUnsigned);
  }

  boolean has(String name) {
    return search(FileName.toBytes(name)) >= 0;
  }

  /** What has the name, which it must have. */
  int get(String name) {
    return values[search(FileName.toBytes(name))];
  }

  /** Adds a name that is not there. */
  void put(String name, int value) {
    byte[] bytes = FileName.toBytes(name);
    int at = ~search(bytes);
    if (count == values.length) {
      names = Arrays.copyOf(names, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    System.arraycopy(names, at, names, at + 1, count - at);
    System.arraycopy(values, at, values, at + 1, count - at);
    names[at] = bytes;
    values[at] = value;
    count++;
    subdirectories += value < 0 ? 1 : 0;
  }

  void remove(String name) {
    int at = search(FileName.toBytes(name));
    subdirectories -= values[at] < 0 ? 1 : 0;
    count--;
    System.arraycopy(names, at + 1, names, at, count - at);
    System.arraycopy(values, at + 1, values, at, count - at);
  }

  /** Told a name and what has it. */
  interface Each {
    void accept(byte[] name, int value) throws IOException;
  }

  /** Tells of everything in it, also of itself and of the directory that it is in. */
  void forEach(Each each) throws IOException {
    for (int i = 0; i < count; i++) {
      each.accept(names[i], values[i]);
    }
  }
}
