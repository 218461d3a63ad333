package dev.gantry.image;

import dev.gantry.oci.ImageReference;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A pull that runs, as it was at one moment.
 *
 * @param since when it began
 * @param host base address of the host that answered last, a mirror perhaps; empty before one did
 * @param callers how many wait for it; without any it goes on for a while, then ends
 * @param layers each distinct layer once, base first; empty until the name is resolved
 */
public record PullStatus(
    ImageReference reference, Instant since, String host, int callers, List<LayerStatus> layers) {
  public PullStatus {
    layers = List.copyOf(layers);
  }

  /** Bytes that have come of the layers that the store did not have. */
  public long bytes() {
    return fetched().mapToLong(LayerStatus::bytes).sum();
  }

  /** Bytes of the layers that the store did not have; -1 when one of them is of unknown size. */
  public long total() {
    return fetched().anyMatch(l -> l.total() < 0)
        ? -1
        : fetched().mapToLong(LayerStatus::total).sum();
  }

  /** How many layers are in the store. */
  public int finishedLayers() {
    return (int) layers.stream().filter(LayerStatus::finished).count();
  }

  private Stream<LayerStatus> fetched() {
    return layers.stream().filter(l -> l.stage() != LayerStatus.Stage.PRESENT);
  }
}
