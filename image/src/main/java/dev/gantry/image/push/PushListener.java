package dev.gantry.image.push;

import dev.gantry.oci.Digest;
import java.util.List;

/** Told how a push gets on, from several threads; must be quick. Layers go by their diff ids. */
public interface PushListener {
  /** For whoever does not care. */
  PushListener NONE = new PushListener() {};

  /** These layers make the image, base layer first. */
  default void layers(List<Digest> diffIds) {}

  /** The registry has the layer already, or took it from another of its repositories. */
  default void layerPresent(Digest diffId) {}

  /** The layer is being compressed: so many bytes of its archive of {@code total} are done. */
  default void layerPacking(Digest diffId, long bytes, long total) {}

  /** So many of the bytes that are sent have gone; fewer than before when it is tried again. */
  default void layerProgress(Digest diffId, long bytes, long total) {}

  /** The registry has taken the layer. */
  default void layerDone(Digest diffId) {}
}
