package dev.gantry.image;

import dev.gantry.image.layer.UnpackLimits;
import java.util.List;

/**
 * How a store works.
 *
 * @param parallelLayers how many layers are unpacked at once, over all pulls
 * @param pinned names and ids of images that are kept; {@code *} in one matches anything
 */
public record StoreSettings(int parallelLayers, UnpackLimits limits, List<String> pinned) {
  public static final StoreSettings DEFAULT = new StoreSettings(3, UnpackLimits.DEFAULT, List.of());

  public StoreSettings {
    if (parallelLayers < 1) {
      throw new IllegalArgumentException("parallelLayers must be positive: " + parallelLayers);
    }
    pinned = List.copyOf(pinned);
  }
}
