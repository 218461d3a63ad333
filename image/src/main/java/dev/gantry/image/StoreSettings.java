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
 * @param mountArchives whether layers stay the archives they come as, where the kernel can mount
 *     them; what is there already stays as it is
 */
public record StoreSettings(
    int parallelLayers,
    UnpackLimits limits,
    List<String> pinned,
    TransferSettings transfer,
    boolean mountArchives) {
  public static final StoreSettings DEFAULT = new StoreSettings(3, UnpackLimits.DEFAULT, List.of());

  /** Settings of a store that brings blobs in as usual. */
  public StoreSettings(int parallelLayers, UnpackLimits limits, List<String> pinned) {
    this(parallelLayers, limits, pinned, TransferSettings.DEFAULT, true);
  }

  public StoreSettings {
    if (parallelLayers < 1) {
      throw new IllegalArgumentException("parallelLayers must be positive: " + parallelLayers);
    }
    pinned = List.copyOf(pinned);
  }
}
