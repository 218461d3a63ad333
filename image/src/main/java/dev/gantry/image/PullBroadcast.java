package dev.gantry.image;

import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes what happens on to everybody who waits for the same pull. */
final class PullBroadcast implements PullListener {
  private final List<PullListener> all = new CopyOnWriteArrayList<>();

  void add(PullListener listener) {
    all.add(listener);
  }

  void remove(PullListener listener) {
    all.remove(listener);
  }

  @Override
  public void resolved(ImageReference reference, Digest manifest, List<Descriptor> layers) {
    all.forEach(l -> l.resolved(reference, manifest, layers));
  }

  @Override
  public void layerPresent(Digest layer) {
    all.forEach(l -> l.layerPresent(layer));
  }

  @Override
  public void layerProgress(Digest layer, long bytes, long total) {
    all.forEach(l -> l.layerProgress(layer, bytes, total));
  }

  @Override
  public void layerDone(Digest layer) {
    all.forEach(l -> l.layerDone(layer));
  }
}
