package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.store.ImageRecord;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows what keeps images and layers – containers that use them, pulls that hold them – and takes
 * away what nothing keeps.
 */
final class ImageRemover {
  private static final Logger LOG = LoggerFactory.getLogger(ImageRemover.class);
  private static final Duration WRITE = Duration.ofMinutes(2);
  private static final Duration DELETE = Duration.ofMinutes(30);

  private final Path directory;
  private final ReentrantLock lock;
  private final LayerDirectory layers;
  private final ImageSet images;
  private final Supplier<Set<LayerId>> unfinished;
  private final Map<Digest, Integer> uses = new HashMap<>();
  private final Map<LayerId, Integer> holds = new HashMap<>();

  /**
   * @param lock of the store, held for every change
   * @param unfinished layers that a retry of a pull will want
   */
  ImageRemover(
      Path directory,
      ReentrantLock lock,
      LayerDirectory layers,
      ImageSet images,
      Supplier<Set<LayerId>> unfinished) {
    this.directory = directory;
    this.lock = lock;
    this.layers = layers;
    this.images = images;
    this.unfinished = unfinished;
  }

  /**
   * Marks an image as used by a container until the lease is closed. It may have been removed
   * meanwhile: its layers stay for those who use them.
   */
  Optional<Lease> use(Digest id) {
    lock.lock();
    try {
      if (images.snapshot().byId(id).isEmpty()) {
        return Optional.empty();
      }
      uses.merge(id, 1, Integer::sum);
    } finally {
      lock.unlock();
    }
    var open = new AtomicBoolean(true);
    return Optional.of(() -> {
      if (open.compareAndSet(true, false)) {
        release(id);
      }
    });
  }

  private void release(Digest id) {
    boolean last;
    lock.lock();
    try {
      last = uses.merge(id, -1, (a, b) -> a + b == 0 ? null : a + b) == null;
    } finally {
      lock.unlock();
    }
    if (last) {
      try {
        sweep();
      } catch (StoreException e) {
        LOG.warn("{}; the next sweep tries again", e.getMessage());
      }
    }
  }

  /**
   * Removes an image with all its names, as the CRI means RemoveImage: "removing image by one tag
   * should remove all tags". While a container uses it, only the names go.
   */
  RemoveOutcome remove(String nameOrId) throws ImageException {
    RemoveOutcome outcome;
    lock.lock();
    try {
      Optional<Entry> found = images.snapshot().find(nameOrId);
      if (found.isEmpty()) {
        return RemoveOutcome.ABSENT;
      }
      Digest id = found.get().image().id();
      boolean used = uses.containsKey(id);
      outcome = used ? RemoveOutcome.IN_USE : RemoveOutcome.REMOVED;
      if (used) {
        images.replace(Records.removed(found.get().record()));
      } else {
        images.drop(found.get());
      }
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw failure("remove image " + nameOrId, e);
    } finally {
      lock.unlock();
    }
    sweep();
    return outcome;
  }

  /** Takes one name away; the image goes with its last one. An id removes all. */
  RemoveOutcome untag(String name) throws ImageException {
    lock.lock();
    try {
      Optional<Entry> found = images.snapshot().find(name);
      if (found.isEmpty()) {
        return RemoveOutcome.ABSENT;
      }
      ImageRecord left = Records.without(found.get().record(), name);
      boolean byId = left.equals(found.get().record());
      if (!byId && !left.tags().isEmpty()) {
        images.replace(left);
        return RemoveOutcome.UNTAGGED;
      }
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw failure("untag image " + name, e);
    } finally {
      lock.unlock();
    }
    return remove(name);
  }

  /** See {@link ImageStore#prune}. */
  PruneReport prune(PruneOptions options) throws ImageException {
    var pruned = new ArrayList<StoredImage>();
    DiskUsage.Usage before;
    DiskUsage.Usage after;
    lock.lock();
    try {
      var left = new ArrayList<Entry>();
      for (Entry e : images.snapshot().entries()) {
        if (isSpare(e, options)) {
          pruned.add(e.image());
        } else {
          left.add(e);
        }
      }
      before = images.snapshot().usage();
      after = new StoreSnapshot(left, layers).usage();
      if (!options.dryRun()) {
        for (StoredImage image : pruned) {
          images.drop(images.snapshot().byId(image.id()).orElseThrow());
        }
      }
    } catch (IOException e) {
      throw failure("prune images", e);
    } finally {
      lock.unlock();
    }
    if (!options.dryRun()) {
      sweep();
    }
    return new PruneReport(
        pruned, before.bytes() - after.bytes(), before.inodes() - after.inodes());
  }

  private boolean isSpare(Entry e, PruneOptions options) {
    StoredImage image = e.image();
    return !uses.containsKey(image.id())
        && !image.pinned()
        && (options.all() || image.repoTags().isEmpty())
        && !image.pulledAt().isAfter(Instant.now().minus(options.olderThan()));
  }

  /** Removes what nothing names, uses or holds. Called after recovery has taken its leases. */
  void sweep() throws StoreException {
    List<Path> doomed;
    lock.lock();
    try {
      for (Entry e : List.copyOf(images.snapshot().entries())) {
        if (e.record().removed() && !uses.containsKey(e.image().id())) {
          images.drop(e);
        }
      }
      Set<LayerId> kept = images.snapshot().referenced();
      kept.addAll(holds.keySet());
      kept.addAll(unfinished.get());
      Set<LayerId> mounted = mounted();
      doomed = BlockingCalls.runToEnd("detach layers", WRITE, () -> layers.detach(kept, mounted));
    } catch (IOException e) {
      throw failure("sweep", e);
    } finally {
      lock.unlock();
    }
    if (!doomed.isEmpty()) {
      try {
        // Not under the lock: a large layer takes its time.
        BlockingCalls.runToEnd("delete layers", DELETE, () -> layers.delete(doomed));
      } catch (IOException e) {
        throw failure("delete layers", e);
      }
    }
  }

  /** Layers of images that containers use: they may be mounted. */
  Set<LayerId> mounted() {
    lock.lock();
    try {
      var all = new HashSet<LayerId>();
      for (Digest id : uses.keySet()) {
        images.snapshot().byId(id).ifPresent(e -> all.addAll(e.image().layers()));
      }
      return all;
    } finally {
      lock.unlock();
    }
  }

  /** Keeps layers that no image has yet, or no longer. */
  void hold(Set<LayerId> ids, int by) {
    lock.lock();
    try {
      for (LayerId id : ids) {
        holds.merge(id, by, (a, b) -> a + b == 0 ? null : a + b);
      }
    } finally {
      lock.unlock();
    }
  }

  private StoreException failure(String what, IOException e) {
    return new StoreException(directory, what + " in", e);
  }
}
