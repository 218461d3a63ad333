package dev.gantry.image.tar;

/**
 * Bounds on what the headers of an archive may hold.
 *
 * @param headerBytes most bytes of one extended header (pax records, GNU long name, sparse map)
 * @param globalBytes most bytes that the global pax headers of one archive may keep in memory
 */
public record TarLimits(int headerBytes, int globalBytes) {
  /** One mebibyte each, as Go's archive/tar allows. */
  public static final TarLimits DEFAULT = new TarLimits(1 << 20, 1 << 20);
}
