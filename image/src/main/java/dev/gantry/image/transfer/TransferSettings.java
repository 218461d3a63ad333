package dev.gantry.image.transfer;

import java.time.Duration;

/**
 * How blobs are brought in.
 *
 * @param spoolFrom bytes from which on a blob goes through a spool; smaller ones are streamed
 * @param connections most connections for one blob
 * @param segment bytes that one of several connections is asked for at a time
 * @param probe how often it is looked whether another connection would help
 * @param keep how long what an unfinished pull has brought is kept for a retry
 */
public record TransferSettings(
    long spoolFrom, int connections, long segment, Duration probe, Duration keep) {
  public static final TransferSettings DEFAULT =
      new TransferSettings(16L << 20, 4, 8L << 20, Duration.ofMillis(500), Duration.ofHours(1));

  public TransferSettings {
    if (spoolFrom < 1 || connections < 1 || segment < 1) {
      throw new IllegalArgumentException(spoolFrom + ", " + connections + ", " + segment);
    }
  }

  /** These with another number of connections. */
  public TransferSettings withConnections(int most) {
    return new TransferSettings(spoolFrom, most, segment, probe, keep);
  }
}
