package dev.gantry.image;

import dev.gantry.image.store.LayerDirectory;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DiskUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/** What an image needs of the disk, and what the disk had when it began to come. */
final class DiskSpace {
  private final Path directory;
  private final DiskUsage.FsInfo before;
  private final int layers;
  private final long compressed;

  private DiskSpace(Path directory, DiskUsage.FsInfo before, int layers, long compressed) {
    this.directory = directory;
    this.before = before;
    this.layers = layers;
    this.compressed = compressed;
  }

  /**
   * Looks before anything is fetched.
   *
   * @throws StoreException when there is less space than even the compressed layers take
   */
  static DiskSpace before(Path directory, LayerDirectory present, List<LayerPlan> plans)
      throws IOException {
    var missing = new HashSet<dev.gantry.oci.Digest>();
    long compressed = 0;
    for (LayerPlan plan : plans) {
      boolean counts = present.find(plan.diffId(), plan.chainId(), plan.file()).isEmpty();
      if (counts && missing.add(plan.diffId())) {
        compressed += Math.max(0, plan.size());
      }
    }
    DiskUsage.FsInfo free = DiskUsage.statfs(directory);
    var space = new DiskSpace(directory, free, missing.size(), compressed);
    if (compressed > free.availableBytes()) {
      throw space.failure(compressed, new IOException("nothing was fetched"));
    }
    return space;
  }

  /** The same failure, with what was needed when it is that the disk is full. */
  StoreException explain(StoreException failure) {
    if (!isFull(failure)) {
      return failure;
    }
    double ratio = Math.max(1, failure.unpackedPerCompressed());
    // It took all that was there, whatever the estimate says.
    long needed = Math.max((long) (compressed * ratio), before.availableBytes() + 1);
    return failure(needed, failure);
  }

  private static boolean isFull(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof LinuxException e
          && (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT)) {
        return true;
      }
    }
    return false;
  }

  private StoreException failure(long needed, IOException cause) {
    return new StoreException(
        directory,
        "disk full: %s missing (%s compressed) need at least %s, but %s (%d inodes) were free; prune"
                .formatted(
                    layers == 1 ? "the layer that is" : "the " + layers + " layers that are",
                    bytes(compressed),
                    bytes(needed),
                    bytes(before.availableBytes()),
                    before.freeInodes())
            + " images or set image.directory to a larger file system than that of",
        cause);
  }

  private static String bytes(long n) {
    if (n < 10L << 20) {
      return n + " bytes";
    }
    return n < 10L << 30 ? (n >> 20) + " MiB" : (n >> 30) + " GiB";
  }
}
