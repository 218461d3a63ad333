package dev.gantry.image;

import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import java.util.List;

/**
 * Told how a pull gets on, from several threads; must be quick. A caller that joins a running pull
 * hears from then on.
 */
public interface PullListener {
  /** For whoever does not care. */
  PullListener NONE = new PullListener() {};

  /** The name is resolved: this is what will be fetched, base layer first. */
  default void resolved(ImageReference reference, Digest manifest, List<Descriptor> layers) {}

  /** The layer is in the store already. */
  default void layerPresent(Digest layer) {}

  /** So many of the layer's compressed bytes have come. */
  default void layerProgress(Digest layer, long bytes, long total) {}

  /** The layer is fetched, verified, unpacked and on the disk. */
  default void layerDone(Digest layer) {}
}
