package dev.gantry.daemon.metrics;

import dev.gantry.daemon.rpc.CallObserver;
import dev.gantry.image.ArchiveException;
import dev.gantry.image.DigestMismatchException;
import dev.gantry.image.ImageException;
import dev.gantry.image.LayerException;
import dev.gantry.image.PolicyException;
import dev.gantry.image.PullListener;
import dev.gantry.image.PullObserver;
import dev.gantry.image.PullStatus;
import dev.gantry.image.ReferenceException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.StoreException;
import dev.gantry.image.UnsupportedImageException;
import dev.gantry.oci.Digest;
import io.grpc.Status;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts calls and pulls, in Prometheus' base units: seconds and bytes. */
public final class Metrics implements CallObserver, PullObserver {
  private static final double[] CALL_SECONDS = {
    .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60
  };
  private static final double[] PULL_SECONDS = {.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Histogram calls =
      Histogram.builder()
          .name("gantry_rpc_seconds")
          .help("How long calls took, by method.")
          .labelNames("method")
          .classicOnly()
          .classicUpperBounds(CALL_SECONDS)
          .register(registry);
  private final Counter failedCalls =
      Counter.builder()
          .name("gantry_rpc_errors_total")
          .help("Calls that ended with an error, by method and gRPC status code.")
          .labelNames("method", "code")
          .register(registry);
  private final Counter pulls =
      Counter.builder()
          .name("gantry_pulls_total")
          .help("Pulls that have ended, by result: ok, or why not.")
          .labelNames("result")
          .register(registry);
  private final Histogram pullSeconds =
      Histogram.builder()
          .name("gantry_pull_seconds")
          .help("How long pulls took that succeeded.")
          .classicOnly()
          .classicUpperBounds(PULL_SECONDS)
          .register(registry);
  private final Counter bytes =
      Counter.builder()
          .name("gantry_pull_bytes_total")
          .help("Bytes of layers that have come from registries, as they are transferred.")
          .register(registry);
  private final Counter layers =
      Counter.builder()
          .name("gantry_pull_layers_total")
          .help("Layers that pulls needed: fetched, or present already.")
          .labelNames("source")
          .register(registry);

  /** Where it counts; for gauges of others. */
  PrometheusRegistry registry() {
    return registry;
  }

  @Override
  public void ended(String method, Status.Code code, long nanos) {
    calls.labelValues(method).observe(nanos / 1e9);
    if (code != Status.Code.OK) {
      failedCalls.labelValues(method, code.name()).inc();
    }
  }

  @Override
  public PullListener began() {
    return new Layers();
  }

  @Override
  public void ended(PullStatus last, boolean cancelled, @Nullable Exception failure) {
    pulls.labelValues(cancelled ? "cancelled" : result(failure)).inc();
    if (failure == null) {
      pullSeconds.observe(Duration.between(last.since(), Instant.now()).toNanos() / 1e9);
    }
  }

  private static String result(@Nullable Exception failure) {
    return switch (failure) {
      case null -> "ok";
      case ImageException image -> reason(image);
      default -> "internal";
    };
  }

  private static String reason(ImageException failure) {
    return switch (failure) {
      case RegistryException registry -> registry.kind().name().toLowerCase(Locale.ROOT);
      case PolicyException policy -> "policy";
      case DigestMismatchException digest -> "digest_mismatch";
      case LayerException layer -> "layer";
      case UnsupportedImageException unsupported -> "unsupported";
      case StoreException store -> "store";
      case ReferenceException reference -> "reference";
      case ArchiveException archive -> "archive";
    };
  }

  /** The layers of one pull. */
  private final class Layers implements PullListener {
    private final Map<Digest, Long> seen = new HashMap<>();

    @Override
    public synchronized void layerProgress(Digest layer, long come, long total) {
      Long before = seen.put(layer, come);
      // Fewer than before after wrong bytes were dropped; what comes again is transferred again.
      bytes.inc(Math.max(0, come - (before == null || before > come ? 0 : before)));
    }

    @Override
    public void layerPresent(Digest layer) {
      layers.labelValues("present").inc();
    }

    @Override
    public void layerDone(Digest layer) {
      layers.labelValues("fetched").inc();
    }
  }
}
