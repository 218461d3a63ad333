package dev.gantry.image.layer;

import dev.gantry.image.LayerException;

/**
 * What one layer may hold (design rule 8).
 *
 * @param entries most members
 * @param bytes most bytes of all files together, holes included
 * @param ratio most unpacked bytes per compressed byte beyond {@link #FREE_BYTES}; gzip cannot give
 *     more than 1032
 * @param depth most components of a path
 */
public record UnpackLimits(long entries, long bytes, long ratio, int depth) {
  /** PATH_MAX without the NUL: nothing longer can be named in one call. */
  static final int PATH_BYTES = 4095;

  /** NAME_MAX. */
  static final int NAME_BYTES = 255;

  /** What even the smallest blob may unpack to. */
  static final long FREE_BYTES = 64L << 20;

  /** Headers and padding beside the files: four million entries with a pax header each. */
  static final long MOST_RAW = 8L << 30;

  /**
   * Holds what has come of an archive against the limits.
   *
   * @param entry where we are in it, for the error
   * @param size of the archive so far, in bytes
   * @param compressed bytes that it came out of
   */
  void verifyArchive(String entry, long size, long compressed) throws LayerException {
    if (size > FREE_BYTES + ratio * Math.max(compressed, 1)) {
      throw new LayerException(entry, "decompression bomb: more than " + ratio + " times", null);
    }
    if (size > bytes + MOST_RAW) {
      throw new LayerException(
          entry, "an archive of more than " + (bytes + MOST_RAW) + " bytes", null);
    }
  }

  public static final UnpackLimits DEFAULT = new UnpackLimits(4_000_000, 256L << 30, 1100, 512);
}
