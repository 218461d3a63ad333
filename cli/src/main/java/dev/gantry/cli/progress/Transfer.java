package dev.gantry.cli.progress;

import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is known of a pull or a push: its layers as last told, and how fast each gets on. */
final class Transfer {
  private final Map<String, RateMeter> meters = new HashMap<>();
  private final RateMeter all = new RateMeter();
  private List<LayerProgress> layers = List.of();
  private String host = "";

  /** Takes what was told at a moment of a clock in nanoseconds. */
  void update(long nanos, String from, List<LayerProgress> now) {
    host = hostName(from);
    layers = List.copyOf(now);
    for (LayerProgress layer : layers) {
      meters.computeIfAbsent(layer.getDigest(), d -> new RateMeter()).add(nanos, layer.getBytes());
    }
    all.add(nanos, bytes());
  }

  /** The host of a base address such as {@code https://mirror.example/v2}. */
  static String hostName(String address) {
    return address.replaceFirst("^[a-z]+://", "").replaceFirst("/.*", "");
  }

  List<LayerProgress> layers() {
    return layers;
  }

  /** Where it comes from or goes to; empty when not known yet. */
  String host() {
    return host;
  }

  /** Bytes per second of one layer. */
  double rate(LayerProgress layer) {
    RateMeter meter = meters.get(layer.getDigest());
    return meter == null ? 0 : meter.perSecond();
  }

  /** Bytes per second of all layers. */
  double rate() {
    return all.perSecond();
  }

  /** Bytes that were transferred; what was there already is none of them. */
  long bytes() {
    return layers.stream()
        .filter(l -> l.getStage() != LayerStage.LAYER_STAGE_PRESENT)
        .mapToLong(LayerProgress::getBytes)
        .sum();
  }

  /** Bytes of the layers whose transfer has begun: after a success, what was transferred. */
  long begun() {
    return layers.stream()
        .filter(l -> l.getStage() != LayerStage.LAYER_STAGE_PRESENT)
        .filter(l -> l.getStage() != LayerStage.LAYER_STAGE_WAITING)
        .mapToLong(l -> Math.max(l.getBytes(), l.getTotal()))
        .sum();
  }

  /** Bytes to transfer in all; -1 when that of a layer is not known. */
  long total() {
    long sum = 0;
    for (LayerProgress layer : layers) {
      if (layer.getStage() != LayerStage.LAYER_STAGE_PRESENT) {
        if (layer.getTotal() < 0) {
          return -1;
        }
        sum += layer.getTotal();
      }
    }
    return sum;
  }

  /** How many layers need nothing more. */
  long finished() {
    return layers.stream().filter(l -> finished(l.getStage())).count();
  }

  static boolean finished(LayerStage stage) {
    return stage == LayerStage.LAYER_STAGE_PRESENT || stage == LayerStage.LAYER_STAGE_DONE;
  }
}
