package dev.gantry.image;

import java.time.Duration;

/**
 * Which images may go.
 *
 * @param all also those that have a tag; otherwise only those that lost theirs to another image, or
 *     never had one
 * @param olderThan only those that came so long ago or earlier
 * @param dryRun only tell which ones would go
 */
public record PruneOptions(boolean all, Duration olderThan, boolean dryRun) {
  public PruneOptions {
    if (olderThan.isNegative()) {
      throw new IllegalArgumentException("olderThan is negative: " + olderThan);
    }
  }
}
