package dev.gantry.cli.progress;

import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.WatchPullsResponse;
import java.util.HashMap;
import java.util.Map;

/** Adds up what is told of pulls at some moments. */
public final class PullFigures {
  private record Key(String image, long since) {}

  private final Map<Key, Transfer> transfers = new HashMap<>();

  /**
   * The sums of a pull.
   *
   * @param finished layers that need nothing more
   * @param total -1 when unknown
   * @param host that it comes from
   * @param rate as text; empty when nothing comes
   */
  public record Row(String host, long finished, long bytes, long total, String rate) {}

  /** Takes what was told at a moment of a clock in nanoseconds. */
  public void add(long nanos, WatchPullsResponse told) {
    for (Pull pull : told.getPullsList()) {
      transfer(pull).update(nanos, pull.getHost(), pull.getLayersList());
    }
  }

  private Transfer transfer(Pull pull) {
    return transfers.computeIfAbsent(
        new Key(pull.getImage(), pull.getSince()), key -> new Transfer());
  }

  /** The sums of a pull that was told of. */
  public Row of(Pull pull) {
    Transfer transfer = transfer(pull);
    String rate = transfer.rate() > 0 ? Frame.rate(transfer.rate()) : "";
    return new Row(transfer.host(), transfer.finished(), transfer.bytes(), transfer.total(), rate);
  }
}
