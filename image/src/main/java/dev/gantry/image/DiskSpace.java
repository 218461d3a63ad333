package dev.gantry.image;

import dev.gantry.image.store.LayerDirectory;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** What an image needs of the disk, and what the disk had when it began to come. */
final class DiskSpace {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

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
    var missing = new HashSet<Digest>();
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
      throw space.failure(compressed, "nothing was fetched", new IOException("disk full"));
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
    return failure(needed, "what had come is removed again", failure);
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

  private StoreException failure(long needed, String done, IOException cause) {
    return StoreException.full(
        "disk full: %s missing (%s compressed) need%s at least %s, but %s (%d inodes) were free in %s; %s."
                .formatted(
                    layers == 1 ? "the layer that is" : "the " + layers + " layers that are",
                    human(compressed),
                    layers == 1 ? "s" : "",
                    human(needed),
                    human(before.availableBytes()),
                    before.freeInodes(),
                    directory,
                    done)
            + " Remove images (gantry prune) or set image.directory to a larger file system",
        directory,
        cause);
  }

  /** {@code 1.5 MiB}, {@code 30 MiB}, {@code 900 bytes}. */
  static String human(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit > 0 && value < 9.95
            ? String.format(Locale.ROOT, "%.1f", value)
            : Long.toString(Math.round(value));
    return number + " " + UNITS[unit];
  }
}
