package dev.gantry.image;

import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.transfer.TransferSettings;
import java.util.List;

/**
 * How a store works.
 *
 * @param parallelLayers how many layers are unpacked at once, over all pulls
 * @param pinned names and ids of images that are kept; {@code *} in one matches anything
 * @param transfer how blobs are brought in
 */
public record StoreSettings(
    int parallelLayers, UnpackLimits limits, List<String> pinned, TransferSettings transfer) {
  public static final StoreSettings DEFAULT = new StoreSettings(3, UnpackLimits.DEFAULT, List.of());

  /** Settings of a store that brings blobs in as usual. */
  public StoreSettings(int parallelLayers, UnpackLimits limits, List<String> pinned) {
    this(parallelLayers, limits, pinned, TransferSettings.DEFAULT);
  }

  public StoreSettings {
    if (parallelLayers < 1) {
      throw new IllegalArgumentException("parallelLayers must be positive: " + parallelLayers);
    }
    pinned = List.copyOf(pinned);
  }
}
