package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.StoreException;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.linux.LinuxException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** How much an archive has unpacked to, held against the limits. For one layer. */
final class UnpackAccount {
  private final Path root;
  private final UnpackLimits limits;
  private final LongSupplier compressed;
  private final Growth growth;
  private long entries;
  private long logical;

  /**
   * @param root where it is unpacked, for errors
   * @param compressed how many compressed bytes have come so far
   */
  UnpackAccount(Path root, UnpackLimits limits, LongSupplier compressed, Growth growth) {
    this.root = root;
    this.limits = limits;
    this.compressed = compressed;
    this.growth = growth;
  }

  UnpackLimits limits() {
    return limits;
  }

  /**
   * Another entry.
   *
   * @param position in the archive, in bytes
   */
  void add(TarEntry entry, long position) throws LayerException {
    if (++entries > limits.entries()) {
      throw new LayerException(entry.name(), "more than " + limits.entries() + " entries", null);
    }
    logical += entry.size();
    if (entry.size() > limits.bytes() || logical > limits.bytes()) {
      throw new LayerException(
          entry.name(), "files of more than " + limits.bytes() + " bytes", null);
    }
    growth.data(entry.storedSize());
    limits.verifyArchive(entry.name(), position, compressed.getAsLong());
  }

  /** The disk has failed, most likely because it is full. */
  StoreException full(LinuxException e, long position) {
    long came = Math.max(1, compressed.getAsLong());
    return new StoreException(root, "write", e, (double) position / came);
  }
}
