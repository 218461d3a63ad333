package dev.gantry.image.layer;

import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A verified layer in a directory of its own that nobody knows yet.
 *
 * @param directory holds {@code diff}, or the archive and its index
 * @param blobSize compressed bytes
 * @param file the one file in it when it is a blob of an artifact
 */
public record UnpackedLayer(
    Path directory, Digest diffId, long blobSize, UnpackReport report, @Nullable String file) {
  /** What overlayfs mounts, of a layer that is unpacked. */
  Path diff() {
    return directory.resolve("diff");
  }

  /** Whether it means the same on top of every other layer, and can be told by its diff id. */
  public boolean selfContained() {
    return report.selfContained() && file == null;
  }

  /** Settles its directory on the layers below; see {@link LayerBuilder#settle}. */
  UnpackedLayer settle(List<Path> belowTopFirst) throws IOException {
    LayerSettler.Added added = LayerSettler.settle(diff(), belowTopFirst, report);
    JournalMoves.append(directory, added.moves());
    return new UnpackedLayer(
        directory, diffId, blobSize, report.with(added.bytes(), added.inodes()), file);
  }
}
