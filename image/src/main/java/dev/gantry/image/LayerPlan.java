package dev.gantry.image;

import dev.gantry.image.layer.LayerInput;
import dev.gantry.oci.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A layer that an image needs.
 *
 * @param blob digest of the stored bytes, null when nobody stated one
 * @param size stored bytes, negative when unknown
 * @param chainId of the stack up to and including this layer
 * @param file where the blob goes as it is when it belongs to an artifact, null for an archive
 */
record LayerPlan(
    @Nullable Digest blob,
    long size,
    Digest diffId,
    Digest chainId,
    LayerInput.Source source,
    @Nullable String file) {
  LayerPlan(
      @Nullable Digest blob, long size, Digest diffId, Digest chainId, LayerInput.Source source) {
    this(blob, size, diffId, chainId, source, null);
  }

  /** What listeners are told: the blob where it has a digest. */
  Digest label() {
    return blob == null ? diffId : blob;
  }
}
