package dev.gantry.image.push;

import dev.gantry.oci.MediaTypes.Compression;

/**
 * How to push.
 *
 * @param compression of layers that have to be packed anew; those that the registry has stay as
 *     they are
 * @param parallel how many layers are sent at a time
 */
public record PushOptions(Compression compression, int parallel) {
  public static final PushOptions DEFAULT = new PushOptions(Compression.GZIP, 3);

  public PushOptions {
    if (parallel < 1) {
      throw new IllegalArgumentException("parallel must be positive: " + parallel);
    }
  }
}
