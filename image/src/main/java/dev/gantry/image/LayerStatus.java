package dev.gantry.image;

import dev.gantry.oci.Digest;

/**
 * How far one layer of a pull is.
 *
 * @param digest of the stored bytes, as the manifest names it
 * @param bytes stored bytes that have come, those of an earlier try included
 * @param total stored bytes in all, -1 when unknown
 */
public record LayerStatus(Digest digest, long bytes, long total, Stage stage) {
  /** What is being done about a layer; it only moves down this list. */
  public enum Stage {
    /** Nothing has come yet: other layers go first. */
    WAITING,
    /** Its bytes are coming, and are unpacked as they come. */
    DOWNLOADING,
    /** All bytes are here; what is left is to unpack them and to make them safe on the disk. */
    UNPACKING,
    /** The store had it before the pull. */
    PRESENT,
    /** Fetched, verified, unpacked and on the disk. */
    DONE
  }

  public LayerStatus {
    if (bytes < 0 || total < -1) {
      throw new IllegalArgumentException(bytes + " of " + total + " bytes");
    }
  }

  /** Whether nothing is left to be done about it. */
  public boolean finished() {
    return stage == Stage.PRESENT || stage == Stage.DONE;
  }
}
