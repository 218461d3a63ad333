package dev.gantry.image.layer;

import dev.gantry.image.StoreException;
import dev.gantry.image.tar.DirectInput;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.UncachedWriter;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** An archive that is written to a file as it comes, whoever reads it and how much of it. */
final class ArchiveCopy extends BulkInputStream implements TarReader.Seekable {
  /** Bytes that are asked for at once. */
  private static final int MOST = 1 << 20;

  private final Path path;
  private final DirectInput archive;
  private final UnpackLimits limits;
  private final LongSupplier compressed;
  private final Growth growth;
  private final Fd file;
  private final UncachedWriter writer = new UncachedWriter();
  private ByteBuffer current = ByteBuffer.allocateDirect(0);
  private long size;

  /**
   * @param path a file that does not exist
   * @param limits of how much it may be, whoever reads it
   * @param compressed how many compressed bytes have come so far
   * @param growth told what is on the disk
   */
  ArchiveCopy(
      Path path, InputStream archive, UnpackLimits limits, LongSupplier compressed, Growth growth)
      throws IOException {
    this.limits = limits;
    this.path = path;
    this.archive = new DirectInput(archive);
    this.compressed = compressed;
    this.growth = growth;
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
    this.file = At.open(Fd.CWD, path.toString(), flags, 0600);
  }

  /** Whether there is more. */
  private boolean fill() throws IOException {
    while (!current.hasRemaining()) {
      ByteBuffer next = archive.next(MOST);
      if (next == null) {
        return false;
      }
      int length = next.remaining();
      limits.verifyArchive("", size + length, compressed.getAsLong());
      try {
        writer.write(file, next.duplicate(), size);
      } catch (LinuxException e) {
        double ratio = (double) (size + length) / Math.max(1, compressed.getAsLong());
        throw new StoreException(path, "write", e, ratio);
      }
      size += length;
      growth.data(length);
      current = next;
    }
    return true;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int n = Math.min(length, current.remaining());
    current.get(buffer, offset, n);
    return n;
  }

  @Override
  public void forward(long count) throws IOException {
    for (long left = count; left > 0; ) {
      if (!fill()) {
        throw new EOFException("the archive ends inside a file");
      }
      int n = (int) Math.min(left, current.remaining());
      current.position(current.position() + n);
      left -= n;
    }
  }

  /** Does not close the archive. */
  @Override
  public void close() {
    writer.close();
    file.close();
  }
}
