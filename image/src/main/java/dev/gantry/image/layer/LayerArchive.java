package dev.gantry.image.layer;

import dev.gantry.image.erofs.ErofsInode;
import dev.gantry.image.erofs.ErofsLimitException;
import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Xattr;
import dev.gantry.linux.mount.ErofsMount;
import dev.gantry.oci.Digest;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer that stays the archive it came as: {@code archive}, and {@code index}, an EROFS image of
 * nothing but names and attributes. The kernel mounts the two. Where {@code diff} is a directory
 * with all files, this is two files, whatever is in them.
 */
public final class LayerArchive {
  private static final Logger LOG = LoggerFactory.getLogger(LayerArchive.class);
  private static final String ARCHIVE = "archive";
  private static final String INDEX = "index";

  /** On such a node directories have labels, which an image's files cannot get. */
  private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

  /** What says nothing of the kernel's abilities. */
  private static final Set<Errno> PASSING =
      Set.of(Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EINTR);

  private static final int BLOCK = 4096;
  private static final int TAR_END = 1024;

  private LayerArchive() {}

  /** Whether a layer in this directory is one. */
  public static boolean isIn(Path layer) {
    return hasFile(layer) && Files.isRegularFile(index(layer));
  }

  /** Whether there is the archive itself, with an index or without. */
  static boolean hasFile(Path layer) {
    return Files.isRegularFile(file(layer));
  }

  static Path file(Path layer) {
    return layer.resolve(ARCHIVE);
  }

  static Path index(Path layer) {
    return layer.resolve(INDEX);
  }

  /**
   * Mounts the layer nowhere; its root is where the descriptor's path in /proc leads. For a thread
   * that may block.
   */
  public static Fd mount(Path layer) throws IOException {
    return ErofsMount.mount(index(layer), file(layer));
  }

  /**
   * Whether this kernel can mount such layers and let overlays stand on them, which is found out by
   * doing it. For a thread that may block.
   *
   * @param temporary on the store's file system
   */
  public static boolean isPossible(Path temporary) throws IOException {
    if (Files.exists(SELINUX)) {
      LOG.info("layers are unpacked: files in a mounted archive have no SELinux labels");
      return false;
    }
    Path layer = Files.createTempDirectory(temporary, "try-");
    try {
      Files.write(file(layer), new byte[TAR_END]);
      try (InputStream empty = Files.newInputStream(file(layer))) {
        Digest content = Digest.sha256Of(new byte[TAR_END]);
        index(empty, layer, content, UnpackLimits.DEFAULT, new IndexBudget(), () -> TAR_END);
      }
      try (Fd mounted = mount(layer)) {
        ErofsMount.tryOverlay(mounted, layer);
      }
      return true;
    } catch (LinuxException e) {
      if (EntryWriter.isOfDisk(e) || PASSING.contains(e.errno())) {
        throw e;
      }
      LOG.info("layers are unpacked: this kernel cannot mount archives: {}", e.getMessage());
      return false;
    } finally {
      DeleteTree.delete(layer);
    }
  }

  /**
   * Reads an archive to its end and writes its index into the layer's directory.
   *
   * @param diffId of the archive
   * @param compressed how many compressed bytes have come so far
   * @return what the layer has, or empty when the index cannot say it; nothing is written then
   * @throws dev.gantry.image.LayerException naming the entry that is hostile, broken or too much
   */
  static Optional<UnpackReport> index(
      InputStream archive,
      Path layer,
      Digest diffId,
      UnpackLimits limits,
      IndexBudget budget,
      LongSupplier compressed)
      throws IOException {
    try (var index = new ArchiveIndex(budget)) {
      var unpacked = new Growth();
      var account = new UnpackAccount(layer, limits, compressed, unpacked);
      var tar = new TarReader(archive, TarLimits.DEFAULT);
      UnpackReport report = LayerUnpacker.unpack(tar, index, account, unpacked);
      long size = tar.position() + drain(archive);
      if (!report.links().isEmpty()) {
        LOG.info("{}: unpacked, as it has hard links into layers below", layer);
        return Optional.empty();
      }
      IndexImage image = index.image();
      long indexed = write(image, size, diffId, index(layer));
      return Optional.of(
          new UnpackReport(
              report.implied(),
              index.impliedIn(image),
              new TreeMap<>(),
              report.rootTimed(),
              blocks(size) + blocks(indexed),
              2));
    } catch (ErofsLimitException e) {
      LOG.info("{}: unpacked, as an index cannot hold it: {}", layer, e.getMessage());
      drain(archive);
      return Optional.empty();
    }
  }

  /**
   * Gives directories that the archive only implies owner, mode and time of those below, as {@link
   * LayerSettler} does it with a directory.
   *
   * @param index that was just written; nothing has it mounted
   * @param report of the layer
   * @return false when the index cannot say what is below: extended attributes, or a symbolic link
   *     that leads elsewhere; it is as it was then
   */
  static boolean settle(Path index, UnpackReport report, List<Path> belowTopFirst)
      throws IOException {
    var changes = new ArrayList<Change>();
    try (var below = new MergedView(belowTopFirst)) {
      for (Map.Entry<String, Long> inode : report.impliedAt().entrySet()) {
        String path = inode.getKey();
        Optional<MergedView.Found> found = below.lookup(path);
        if (found.isPresent() && found.get().stat().isSymlink()) {
          if (!below.resolve(path).equals(path)) {
            return false;
          }
        } else if (found.isPresent() && found.get().stat().isDirectory()) {
          if (hasXattrs(found.get())) {
            return false;
          }
          changes.add(new Change(inode.getValue(), found.get().stat()));
        }
      }
    }
    try (FileChannel file =
        FileChannel.open(index, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (Change change : changes) {
        change.apply(file);
      }
    }
    return true;
  }

  private static boolean hasXattrs(MergedView.Found found) throws IOException {
    try (Fd parent = found.parent()) {
      return Xattr.list(parent, found.name()).stream().anyMatch(EntryWriter::isImages);
    }
  }

  /**
   * An inode that becomes like another one.
   *
   * @param at where it is, in bytes
   */
  private record Change(long at, FileStat like) {
    void apply(FileChannel index) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(ErofsInode.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        if (index.read(bytes, at + bytes.position()) < 0) {
          throw new EOFException("index ends before the inode at " + at);
        }
      }
      ErofsInode.change(bytes, 0, like.mode(), like.uid(), like.gid(), like.mtime());
      bytes.flip();
      while (bytes.hasRemaining()) {
        index.write(bytes, at + bytes.position());
      }
    }
  }

  private static long write(IndexImage image, long archiveBytes, Digest diffId, Path file)
      throws IOException {
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
    try (Fd fd = At.open(Fd.CWD, file.toString(), flags, 0600);
        OutputStream out = new BufferedOutputStream(fd.output(), 64 << 10)) {
      image.write(out, archiveBytes, diffId);
    }
    return Files.size(file);
  }

  private static long drain(InputStream in) throws IOException {
    byte[] rest = new byte[16 * 1024];
    long sum = 0;
    for (int n = in.read(rest); n >= 0; n = in.read(rest)) {
      sum += n;
    }
    return sum;
  }

  private static long blocks(long bytes) {
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }
}
