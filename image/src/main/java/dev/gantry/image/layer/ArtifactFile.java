package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.tar.DirectInput;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A blob of an OCI artifact as the one file of a layer, so that a volume can be made of it. */
final class ArtifactFile {
  private static final int WRITE = 1 << 20;

  private ArtifactFile() {}

  /**
   * Writes {@code in} to the file, which root owns and everybody may read.
   *
   * @param name path in the volume; from a manifest, not to be trusted
   * @param growth told what is on the disk, for who looks on
   */
  static UnpackReport write(
      String name,
      long size,
      InputStream in,
      Path diff,
      UnpackLimits limits,
      DataLog log,
      Growth growth)
      throws IOException {
    String path = EntryPath.clean(name, limits);
    if (path.isEmpty()) {
      throw new LayerException(name, "an artifact's file cannot be the root", null);
    }
    if (size > limits.bytes()) {
      throw new LayerException(name, "a file of more than " + limits.bytes() + " bytes", null);
    }
    try (var tree = new LayerTree(diff, log)) {
      LayerTree.Place parent = tree.directory(EntryPath.parent(path));
      int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
      try (Fd fd = At.open(parent.fd(), EntryPath.name(path), flags, 0644)) {
        log.fileBegins(path, entry(path, size));
        if (log.wantsData()) {
          copy(in, fd, growth);
        } else {
          At.truncate(fd, size);
        }
        log.fileEnds();
        At.chmod(fd, "", 0644);
        At.utimens(fd, "", Instant.EPOCH, Instant.EPOCH);
      }
      long block = 4096;
      return new UnpackReport(
          List.of(),
          Map.of(),
          new TreeMap<>(),
          false,
          (size + block - 1) / block * block + tree.implied().size() * block,
          tree.implied().size() + 1L);
    }
  }

  private static void copy(InputStream in, Fd fd, Growth growth) throws IOException {
    var source = new DirectInput(in);
    ByteBuffer data;
    while ((data = source.next(WRITE)) != null) {
      long size = data.remaining();
      fd.write(data);
      growth.data(size);
    }
  }

  private static TarEntry entry(String path, long size) {
    return new TarEntry(
        path, EntryType.FILE, 0644, 0, 0, size, Instant.EPOCH, null, "", 0, 0, Map.of(), null);
  }
}
