package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarEntry.Segment;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.UncachedWriter;
import dev.gantry.linux.file.Xattr;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one file, directory, device, fifo or link with owner, mode, xattrs and times as the archive
 * has them. The order matters: a change of owner clears set-id bits and {@code
 * security.capability}.
 */
final class EntryWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EntryWriter.class);

  /** Permission bits that a new file may have before its owner is set: no set-id bits. */
  private static final int PLAIN = 0777;

  private static final long MOST_ID = 0xffff_fffeL;

  /** Bytes that are written at once, where as many are there. */
  private static final int WRITE = 1 << 20;

  private final boolean data;
  private final UncachedWriter uncached = new UncachedWriter();

  /**
   * @param data whether files get their data, or only their size
   */
  EntryWriter(boolean data) {
    this.data = data;
  }

  /**
   * Makes a file that {@link #fill} completes.
   *
   * @throws LinuxException EEXIST when something has the name
   */
  Fd create(Fd parent, String name, TarEntry entry) throws LinuxException {
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
    return At.open(parent, name, flags, entry.mode() & PLAIN);
  }

  /** Whether {@link SmallFiles} may complete the file. */
  boolean isSmall(TarEntry entry) {
    return data && entry.sparse() == null && entry.size() <= SmallFiles.MOST_BYTES;
  }

  /** Gives a small file what the archive has of it. */
  void fill(Fd fd, TarEntry entry, ByteBuffer content) throws IOException {
    if (content.hasRemaining()) {
      fd.write(content);
    }
    complete(fd, entry);
  }

  /**
   * Gives a file what the archive has of it. Its data does not stay in the page cache: of most
   * images little is ever read. (For small files the disk's work is more than the memory is worth.)
   */
  void fill(Fd fd, TarEntry entry, TarReader source) throws IOException {
    List<Segment> sparse = entry.sparse();
    if (!data) {
      At.truncate(fd, entry.size());
    } else if (sparse == null) {
      copy(source, fd, 0, entry.size());
    } else {
      At.truncate(fd, entry.size());
      for (Segment s : sparse) {
        copy(source, fd, s.offset(), s.length());
      }
    }
    complete(fd, entry);
  }

  private static void complete(Fd fd, TarEntry entry) throws IOException {
    attributes(fd, "", entry, true);
    At.utimens(fd, "", accessed(entry), entry.mtime());
  }

  private void copy(TarReader source, Fd fd, long offset, long length) throws IOException {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      ByteBuffer data = source.data((int) Math.min(WRITE, end - at));
      if (data == null) {
        throw new LayerException("", "file without its data", null);
      }
      int n = data.remaining();
      uncached.write(fd, data, at);
      at += n;
    }
  }

  /** Times of directories are set when everything is in them. */
  void directory(Fd parent, String name, TarEntry entry, boolean exists) throws IOException {
    if (!exists) {
      At.mkdir(parent, name, entry.mode() & PLAIN);
    }
    attributes(parent, name, entry, true);
  }

  void symlink(Fd parent, String name, TarEntry entry) throws IOException {
    At.symlink(entry.linkName(), parent, name);
    attributes(parent, name, entry, false);
    At.utimens(parent, name, accessed(entry), entry.mtime());
  }

  void node(Fd parent, String name, TarEntry entry) throws IOException {
    At.mknod(parent, name, nodeType(entry) | 0600, device(entry));
    attributes(parent, name, entry, true);
    At.utimens(parent, name, accessed(entry), entry.mtime());
  }

  /** The type bits of a device or a fifo. */
  static int nodeType(TarEntry entry) {
    return switch (entry.type()) {
      case CHARACTER_DEVICE -> FileStat.CHAR_DEVICE;
      case BLOCK_DEVICE -> FileStat.BLOCK_DEVICE;
      case FIFO -> FileStat.FIFO;
      case FILE, HARD_LINK, SYMLINK, DIRECTORY ->
          throw new IllegalArgumentException(entry.type().toString());
    };
  }

  /** The number of a device as makedev(3) packs it, 0 for a fifo. */
  static long device(TarEntry entry) throws LayerException {
    if (entry.type() == EntryType.FIFO) {
      return 0;
    }
    if (entry.deviceMajor() < 0
        || entry.deviceMajor() > 0xfff
        || entry.deviceMinor() < 0
        || entry.deviceMinor() > 0xfffff) {
      throw new LayerException(
          entry.name(),
          "no such device number: " + entry.deviceMajor() + ":" + entry.deviceMinor(),
          null);
    }
    return At.dev((int) entry.deviceMajor(), (int) entry.deviceMinor());
  }

  /** Refuses owners that no file can have. */
  static void verifyOwner(TarEntry entry) throws LayerException {
    if (entry.uid() < 0 || entry.uid() > MOST_ID || entry.gid() < 0 || entry.gid() > MOST_ID) {
      throw new LayerException(
          entry.name(), "no such owner: " + entry.uid() + ":" + entry.gid(), null);
    }
  }

  /**
   * Whether an extended attribute of the archive is the image's to set: one of overlayfs must not
   * redirect the overlay that the image is mounted with.
   */
  static boolean isImages(String key) {
    return !key.startsWith("trusted.overlay.");
  }

  private static void attributes(Fd fd, String name, TarEntry entry, boolean mode)
      throws IOException {
    verifyOwner(entry);
    // Looking costs a fifth of changing, and most files are root's and were made with their mode.
    FileStat made = At.stat(fd, name, false);
    boolean owned = made.uid() == (int) entry.uid() && made.gid() == (int) entry.gid();
    if (!owned) {
      At.chown(fd, name, (int) entry.uid(), (int) entry.gid());
    }
    if (mode && !(owned && (made.mode() & ~FileStat.TYPE_MASK) == entry.mode())) {
      At.chmod(fd, name, entry.mode());
    }
    for (Map.Entry<String, byte[]> x : entry.xattrs().entrySet()) {
      xattr(fd, name, x.getKey(), x.getValue(), entry);
    }
  }

  private static void xattr(Fd fd, String name, String key, byte[] value, TarEntry entry)
      throws IOException {
    if (!isImages(key)) {
      LOG.debug("{}: {} left out", entry.name(), key);
      return;
    }
    try {
      Xattr.set(fd, name, key, value);
    } catch (LinuxException e) {
      boolean cannot =
          e.errno() == Errno.EOPNOTSUPP
              || (e.errno() == Errno.EPERM
                  && key.startsWith("user.")
                  && entry.type() != EntryType.FILE
                  && entry.type() != EntryType.DIRECTORY);
      if (!cannot) {
        throw e;
      }
      LOG.debug("{}: {} cannot be kept here: {}", entry.name(), key, e.getMessage());
    }
  }

  /** Whether a failure says something of the disk, and nothing of the archive. */
  static boolean isOfDisk(LinuxException e) {
    return e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT || e.errno() == Errno.EIO;
  }

  static LayerException refused(TarEntry entry, LinuxException e) {
    return new LayerException(entry.name(), "" + e.getMessage(), e);
  }

  static Instant accessed(TarEntry entry) {
    Instant atime = entry.atime();
    return atime == null ? entry.mtime() : atime;
  }

  @Override
  public void close() {
    uncached.close();
  }
}
