package dev.gantry.image;

import dev.gantry.image.LayerStatus.Stage;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps count of one pull. Told from many threads, asked from any. */
final class PullProgress implements PullListener {
  /** Replaced as a whole when the name is resolved, never changed. */
  private volatile Map<Digest, Counter> layers = Map.of();

  /** One layer; the same bytes may lie in an image twice and come once. */
  private static final class Counter {
    private final Digest digest;
    private final long total;
    private long bytes;
    private Stage stage = Stage.WAITING;

    Counter(Digest digest, long total) {
      this.digest = digest;
      this.total = total;
    }

    synchronized void came(long count) {
      if (stage.compareTo(Stage.UNPACKING) <= 0) {
        // Fewer than before after wrong bytes were dropped: then it is fetched anew.
        bytes = count;
        stage = total >= 0 && count >= total ? Stage.UNPACKING : Stage.DOWNLOADING;
      }
    }

    synchronized void end(Stage end) {
      if (stage != Stage.DONE) {
        stage = end;
        bytes = Math.max(bytes, total);
      }
    }

    synchronized LayerStatus status() {
      return new LayerStatus(digest, bytes, total, stage);
    }
  }

  @Override
  public void resolved(ImageReference reference, Digest manifest, List<Descriptor> found) {
    var counters = new LinkedHashMap<Digest, Counter>();
    for (Descriptor layer : found) {
      counters.putIfAbsent(layer.digest(), new Counter(layer.digest(), Math.max(-1, layer.size())));
    }
    layers = counters;
  }

  @Override
  public void layerPresent(Digest layer) {
    end(layer, Stage.PRESENT);
  }

  @Override
  public void layerProgress(Digest layer, long bytes, long total) {
    Counter counter = layers.get(layer);
    if (counter != null) {
      counter.came(bytes);
    }
  }

  @Override
  public void layerDone(Digest layer) {
    end(layer, Stage.DONE);
  }

  private void end(Digest layer, Stage stage) {
    Counter counter = layers.get(layer);
    if (counter != null) {
      counter.end(stage);
    }
  }

  List<LayerStatus> layers() {
    return layers.values().stream().map(Counter::status).toList();
  }
}
