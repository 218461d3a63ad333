package dev.gantry.image;

import dev.gantry.image.layer.LayerBuilder;
import dev.gantry.image.layer.UnpackedLayer;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.LayerOrigins;
import dev.gantry.image.store.LayerOrigins.Known;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.image.transfer.Spools;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Threads;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

/**
 * Brings the layers of an image into the store: in parallel, each once even when several pulls want
 * it at the same time, and all or none. One per store.
 */
final class LayerFetcher implements AutoCloseable {
  private static final Duration DELETE = Duration.ofMinutes(30);

  private final LayerDirectory layers;
  private final LayerBuilder builder;
  private final LayerWorkers workers;
  private final LayerDownloads downloads;
  private final LayerOrigins origins = new LayerOrigins();

  /** Layers being fetched, by diff id; completed when that ends, well or not. */
  private final Map<Digest, CompletableFuture<Void>> inFlight = new ConcurrentHashMap<>();

  LayerFetcher(LayerDirectory layers, Path temporary, Spools spools, StoreSettings settings) {
    this.layers = layers;
    this.builder = new LayerBuilder(temporary, settings.limits(), settings.mountArchives());
    this.workers = new LayerWorkers(settings.parallelLayers());
    this.downloads = new LayerDownloads(builder, workers, spools);
  }

  /**
   * The layers of {@code plans} (base first) in the store. The caller holds them against removal.
   *
   * @param claim decides whether a layer that is there may be used unfetched
   * @throws IOException of the first layer that failed; the others are given up
   */
  List<StoredLayer> fetch(List<LayerPlan> plans, LayerClaim claim, PullListener listener)
      throws IOException {
    return new Batch(plans, claim, listener).run();
  }

  /** Space of the layers that are not yet in the store. */
  DiskUsage.Usage usage() {
    return builder.usage();
  }

  /** Whether all of them came by an import or without credentials of a request. */
  boolean areEveryones(List<LayerId> ids) throws IOException {
    for (LayerId id : ids) {
      if (!origins.read(layers.directory(id)).free()) {
        return false;
      }
    }
    return true;
  }

  /**
   * A layer anew, in a directory of its own, whether the store has it or not.
   *
   * @param belowTopFirst directories of what it stands on
   */
  UnpackedLayer build(LayerPlan plan, List<Path> belowTopFirst)
      throws IOException, InterruptedException {
    try {
      return LayerDownloads.trusted(plan, () -> workers.run(() -> whole(plan, belowTopFirst)));
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw asIoException(e);
    }
  }

  private UnpackedLayer whole(LayerPlan plan, List<Path> belowTopFirst) throws IOException {
    UnpackedLayer layer = builder.build(LayerDownloads.input(plan, PullListener.NONE));
    boolean settled = false;
    try {
      UnpackedLayer whole = layer.selfContained() ? layer : builder.settle(layer, belowTopFirst);
      settled = true;
      return whole;
    } finally {
      if (!settled) {
        DeleteTree.delete(layer.directory());
      }
    }
  }

  @Override
  public void close() {
    workers.close();
  }

  /** The layers of one image, each with a virtual thread that sees to it. */
  private final class Batch {
    private final List<LayerPlan> plans;
    private final LayerClaim claim;
    private final PullListener listener;
    private final List<CompletableFuture<StoredLayer>> results = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

    Batch(List<LayerPlan> plans, LayerClaim claim, PullListener listener) {
      this.plans = plans;
      this.claim = claim;
      this.listener = listener;
    }

    List<StoredLayer> run() throws IOException {
      for (int i = 0; i < plans.size(); i++) {
        int index = i;
        results.add(new CompletableFuture<>());
        threads.add(Thread.ofVirtual().name("layer-" + i).unstarted(() -> see(index)));
      }
      // The largest first: one that came last would keep everybody waiting by itself.
      IntStream.range(0, plans.size())
          .boxed()
          .sorted(Comparator.comparingLong((Integer index) -> -plans.get(index).size()))
          .forEach(index -> threads.get(index).start());
      if (Threads.awaitEnd(threads, () -> threads.forEach(Thread::interrupt))) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
      if (failure.isDone()) {
        throw asIoException(failure.resultNow());
      }
      return results.stream().map(CompletableFuture::resultNow).toList();
    }

    private void see(int index) {
      try {
        results.get(index).complete(one(index));
      } catch (Throwable t) {
        results.get(index).completeExceptionally(t);
        if (failure.complete(t)) {
          threads.forEach(Thread::interrupt);
        }
      }
    }

    private StoredLayer one(int index) throws Exception {
      LayerPlan plan = plans.get(index);
      while (true) {
        var mine = new CompletableFuture<Void>();
        CompletableFuture<Void> other = inFlight.putIfAbsent(plan.diffId(), mine);
        if (other != null) {
          // Somebody fetches it; what comes of that may or may not fit our stack.
          other.get();
          continue;
        }
        UnpackedLayer unpacked;
        try {
          Optional<StoredLayer> present = layers.find(plan.diffId(), plan.chainId(), plan.file());
          if (present.isPresent()) {
            return allowed(present.get(), plan);
          }
          unpacked = downloads.unpacked(plan, listener);
          if (index == 0 || unpacked.selfContained()) {
            return publish(unpacked, plan);
          }
        } catch (ImageException e) {
          throw e.during("layer " + plan.label());
        } finally {
          inFlight.remove(plan.diffId(), mine);
          mine.complete(null);
        }
        return settle(unpacked, index, plan);
      }
    }

    /** A layer that is here, once it is clear that this caller may have it. */
    private StoredLayer allowed(StoredLayer present, LayerPlan plan) throws Exception {
      Path directory = layers.directory(present.id());
      Known known = origins.read(directory);
      if (claim.mayHave(known, plan.blob())) {
        listener.layerPresent(plan.label());
      } else {
        LayerDownloads.trusted(
            plan, () -> workers.run(() -> builder.verify(LayerDownloads.input(plan, listener))));
        listener.layerDone(plan.label());
      }
      if (!known.free()) {
        origins.add(directory, claim.fetched(plan.blob()));
      }
      return present;
    }

    /** A layer that leans on those below waits for them, holding neither a worker nor its name. */
    private StoredLayer settle(UnpackedLayer unpacked, int index, LayerPlan plan) throws Exception {
      boolean settled = false;
      try {
        var below = new ArrayList<LayerId>();
        for (int i = 0; i < index; i++) {
          below.add(results.get(i).get().id());
        }
        UnpackedLayer whole = workers.run(() -> builder.settle(unpacked, layers.topFirst(below)));
        settled = true;
        return publish(whole, plan);
      } catch (ImageException e) {
        throw e.during("layer " + plan.label());
      } finally {
        if (!settled) {
          delete(unpacked);
        }
      }
    }

    private StoredLayer publish(UnpackedLayer unpacked, LayerPlan plan) throws IOException {
      boolean published = false;
      try {
        // Before it is published, so that both are there after a power cut or neither.
        origins.add(unpacked.directory(), claim.fetched(plan.blob()));
        StoredLayer stored = layers.publish(unpacked, plan.chainId());
        published = true;
        listener.layerDone(plan.label());
        return stored;
      } finally {
        if (!published) {
          delete(unpacked);
        }
      }
    }
  }

  /** Also when interrupted: what was interrupted must not be left. */
  private static void delete(UnpackedLayer layer) throws IOException {
    BlockingCalls.runToEnd("delete " + layer.directory(), DELETE, () -> deleted(layer));
  }

  private static boolean deleted(UnpackedLayer layer) throws IOException {
    DeleteTree.delete(layer.directory());
    return true;
  }

  private static IOException asIoException(Throwable t) {
    return switch (t) {
      case IOException e -> e;
      case InterruptedException e -> new InterruptedIOException("interrupted");
      case ExecutionException e when e.getCause() != null -> asIoException(e.getCause());
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IOException(t);
    };
  }
}
