package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import dev.gantry.cri.gantry.PushImageResponse;
import dev.gantry.image.push.PushListener;
import dev.gantry.oci.Digest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps how each layer of a push is, for who asks. */
final class PushProgress implements PushListener {
  private final Map<Digest, LayerProgress> layers = new LinkedHashMap<>();

  @Override
  public void layers(List<Digest> diffIds) {
    diffIds.forEach(id -> put(id, LayerStage.LAYER_STAGE_WAITING, 0, -1));
  }

  @Override
  public void layerPresent(Digest diffId) {
    put(diffId, LayerStage.LAYER_STAGE_PRESENT, 0, -1);
  }

  @Override
  public void layerPacking(Digest diffId, long bytes, long total) {
    put(diffId, LayerStage.LAYER_STAGE_PACKING, bytes, total);
  }

  @Override
  public void layerProgress(Digest diffId, long bytes, long total) {
    put(diffId, LayerStage.LAYER_STAGE_TRANSFER, bytes, total);
  }

  @Override
  public synchronized void layerDone(Digest diffId) {
    LayerProgress last = layers.get(diffId);
    long bytes = last == null ? 0 : last.getBytes();
    put(diffId, LayerStage.LAYER_STAGE_DONE, bytes, bytes);
  }

  private synchronized void put(Digest id, LayerStage stage, long bytes, long total) {
    layers.put(
        id,
        LayerProgress.newBuilder()
            .setDigest(id.toString())
            .setStage(stage)
            .setBytes(bytes)
            .setTotal(total)
            .build());
  }

  synchronized PushImageResponse.Builder response() {
    return PushImageResponse.newBuilder().addAllLayers(layers.values());
  }
}
