package dev.gantry.image.layer;

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

  public static final UnpackLimits DEFAULT = new UnpackLimits(4_000_000, 256L << 30, 1100, 512);
}
