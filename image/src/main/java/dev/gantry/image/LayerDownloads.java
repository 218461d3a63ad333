package dev.gantry.image;

import dev.gantry.image.layer.LayerBuilder;
import dev.gantry.image.layer.LayerInput;
import dev.gantry.image.layer.UnpackedLayer;
import dev.gantry.image.transfer.RangeSource;
import dev.gantry.image.transfer.Spools;
import dev.gantry.oci.Digest;
import java.util.LinkedHashSet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings one layer in and unpacks it: straight from its source, or through a spool. */
final class LayerDownloads {
  private static final Logger LOG = LoggerFactory.getLogger(LayerDownloads.class);

  private final LayerBuilder builder;
  private final LayerWorkers workers;
  private final Spools spools;

  LayerDownloads(LayerBuilder builder, LayerWorkers workers, Spools spools) {
    this.builder = builder;
    this.workers = workers;
    this.spools = spools;
  }

  /** Work on a layer's bytes that may be done again with those of another host. */
  interface Attempt<T> {
    T run() throws Exception;
  }

  /**
   * Runs {@code attempt} again while what came is not the layer: once for each host that there is,
   * as each may be the one that damages it, and at least twice.
   */
  static <T> T trusted(LayerPlan plan, Attempt<T> attempt) throws Exception {
    if (!(plan.source() instanceof RangeSource source)) {
      return attempt.run();
    }
    var liars = new LinkedHashSet<String>();
    for (int tries = Math.max(2, source.hosts()); ; tries--) {
      try {
        return attempt.run();
      } catch (DigestMismatchException wrong) {
        if (!wrong.expected().equals(plan.blob())) {
          throw wrong;
        }
        String liar = source.distrust();
        liars.add(liar);
        if (tries == 1) {
          throw wrong.during("from " + String.join(", ", liars));
        }
        LOG.warn("layer from {}: {}; it is fetched anew", liar, wrong.getMessage());
      }
    }
  }

  /** Fetches and unpacks, through a spool where that is worth it. */
  UnpackedLayer unpacked(LayerPlan plan, PullListener listener) throws Exception {
    return trusted(plan, () -> once(plan, listener));
  }

  private UnpackedLayer once(LayerPlan plan, PullListener listener) throws Exception {
    Digest blob = plan.blob();
    Optional<Spools.Claim> claim =
        blob != null && plan.source() instanceof RangeSource
            ? spools.claim(blob, plan.size())
            : Optional.empty();
    if (claim.isEmpty()) {
      return workers.run(() -> builder.build(input(plan, listener)));
    }
    try (Spools.Claim spool = claim.get()) {
      return spooled(plan, spool, listener);
    }
  }

  private UnpackedLayer spooled(LayerPlan plan, Spools.Claim spool, PullListener listener)
      throws Exception {
    UnpackedLayer layer;
    try {
      layer = workers.run(() -> builder.build(input(plan, spool, listener)));
    } catch (DigestMismatchException wrong) {
      // Bytes of an earlier try, or of another host, may be what is wrong.
      spool.discard();
      throw wrong;
    } catch (StoreException failure) {
      spool.discard();
      if (!spool.isCauseOf(failure)) {
        throw failure;
      }
      LOG.warn("layer {}: {}; it is fetched without a spool", plan.label(), failure.getMessage());
      return workers.run(() -> builder.build(input(plan, listener)));
    }
    // Before the layer is synced, so that the disk never gets to see these bytes.
    spool.discard();
    return layer;
  }

  /** Counts what has come into the spool, not what has been taken out of it. */
  private static LayerInput input(LayerPlan plan, Spools.Claim spool, PullListener listener) {
    LayerInput direct = input(plan, listener);
    var ranges = (RangeSource) plan.source();
    return direct.from(() -> spool.open(ranges, direct.progress()), n -> {});
  }

  /** The layer straight from its source. */
  static LayerInput input(LayerPlan plan, PullListener listener) {
    return new LayerInput(
        plan.blob(),
        plan.size(),
        plan.diffId(),
        plan.source(),
        n -> listener.layerProgress(plan.label(), n, plan.size()),
        plan.file());
  }
}
