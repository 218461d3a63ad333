package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.layer.LayerTar;
import dev.gantry.image.store.ImageRecord;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of one node: {@code layers/<id>/diff} are overlay lower directories, {@code
 * images/<id>} synced records, {@code tmp} what is being made. Reading answers from memory and
 * never waits; changes are made one after the other. What a crash leaves behind is removed when the
 * store is opened. One store per directory: the daemon's root lock sees to that.
 */
public final class ImageStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);
  private static final Duration WRITE = Duration.ofMinutes(2);
  private static final Duration DELETE = Duration.ofMinutes(30);

  private final Path directory;
  private final LayerDirectory layers;
  private final ImageSet images;
  private final LayerFetcher fetcher;

  /** Guards all changes; reading goes through {@link ImageSet#snapshot}. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<Digest, Integer> uses = new HashMap<>();
  private final Map<LayerId, Integer> holds = new HashMap<>();

  private ImageStore(Path directory, StoreSettings settings) throws IOException {
    this.directory = directory;
    Path temporary = directory.resolve("tmp");
    DeleteTree.delete(temporary);
    for (String name : new String[] {"", "images", "layers", "tmp"}) {
      boolean onTheWay = name.isEmpty() || name.equals("layers");
      privateDirectory(directory.resolve(name), onTheWay ? "rwx--x--x" : "rwx------");
    }
    this.layers = new LayerDirectory(directory.resolve("layers"), temporary);
    this.fetcher = new LayerFetcher(layers, temporary, settings);
    this.images = new ImageSet(directory.resolve("images"), layers, settings.pinned());
    layers.delete(layers.detach(images.snapshot().referenced()));
  }

  /** Directories on the way to root file systems are 0711, all else 0700 (design rule 8). */
  private static void privateDirectory(Path path, String mode) throws IOException {
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /**
   * Opens the store in {@code directory}, which is made when it is missing.
   *
   * @throws StoreException when the disk fails
   */
  public static ImageStore open(Path directory, StoreSettings settings) throws StoreException {
    try {
      return BlockingCalls.run(
          "open image store " + directory, DELETE, () -> new ImageStore(directory, settings));
    } catch (IOException e) {
      throw new StoreException(directory, "open image store", e);
    }
  }

  /** {@link #open(Path, StoreSettings)} with the defaults. */
  public static ImageStore open(Path directory) throws StoreException {
    return open(directory, StoreSettings.DEFAULT);
  }

  /** Where the store is. */
  public Path directory() {
    return directory;
  }

  /** Where what is being made lies; emptied when the store is opened. */
  Path temporary() {
    return directory.resolve("tmp");
  }

  /** All images, in the order of their ids. */
  public List<StoredImage> list() {
    return images.snapshot().visible();
  }

  /**
   * The image of an id ({@code sha256:<hex>}, {@code <hex>} or a beginning of it), a name with tag
   * (or without, meaning {@code latest}) or a name with digest.
   *
   * @throws ReferenceException when it is none of these, or a beginning of several ids
   */
  public Optional<StoredImage> find(String nameOrId) throws ReferenceException {
    return images.snapshot().find(nameOrId).map(Entry::image);
  }

  /** Lower directories of an overlay, top layer first. */
  public List<Path> lowerDirs(StoredImage image) {
    return layers.topFirst(image.layers());
  }

  /**
   * The archive that a layer came from, byte for byte: its digest is the diff id, which is verified
   * at the end. The caller has a lease on an image with the layer, and reads on a platform thread.
   *
   * @throws LayerException when the layer was unpacked by a Gantry that kept no tar journal
   */
  public InputStream openTar(LayerId id) throws IOException {
    StoredLayer layer =
        layers.get(id).orElseThrow(() -> new LayerException("", "no layer " + id.digest(), null));
    return LayerTar.open(layers.directory(id), layer.diffId());
  }

  /** Space that images take; sums kept in records, no walk over the disk. */
  public DiskUsage.Usage usage() {
    return images.snapshot().usage();
  }

  /**
   * Marks an image as used by a container until the lease is closed. It may have been removed
   * meanwhile: its layers stay for those who use them.
   */
  public Optional<Lease> use(Digest id) {
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
  public RemoveOutcome remove(String nameOrId) throws ImageException {
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

  /**
   * Gives an image a further name, which another image may lose by it.
   *
   * @param newName a name with a tag, or without, meaning {@code latest}
   * @return the image with all its names, or empty when there is none of that name or id
   * @throws ReferenceException when the new name is none, or has a digest
   */
  public Optional<StoredImage> tag(String nameOrId, String newName) throws ImageException {
    String tag = Records.tagOf(newName);
    lock.lock();
    try {
      Optional<Entry> found = images.snapshot().find(nameOrId);
      return found.isEmpty() ? Optional.empty() : Optional.of(images.tag(found.get(), tag));
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw failure("tag image " + nameOrId + " as " + tag, e);
    } finally {
      lock.unlock();
    }
  }

  /** Takes one name away; the image goes with its last one. An id removes all. */
  public RemoveOutcome untag(String name) throws ImageException {
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

  /** Removes what nothing names, uses or holds. Called after recovery has taken its leases. */
  public void sweep() throws StoreException {
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
      doomed = BlockingCalls.run("detach layers", WRITE, () -> layers.detach(kept));
    } catch (IOException e) {
      throw failure("sweep", e);
    } finally {
      lock.unlock();
    }
    if (!doomed.isEmpty()) {
      try {
        // Not under the lock: a large layer takes its time.
        BlockingCalls.run("delete layers", DELETE, () -> layers.delete(doomed));
      } catch (IOException e) {
        throw failure("delete layers", e);
      }
    }
  }

  /** Brings an image in: fetches the layers that are missing, then publishes record and names. */
  StoredImage add(
      ImageDocuments documents, List<LayerPlan> plans, ImageNames names, PullListener listener)
      throws IOException {
    var held = new HashSet<LayerId>();
    for (LayerPlan plan : plans) {
      held.add(new LayerId(plan.diffId()));
      held.add(new LayerId(plan.chainId()));
    }
    hold(held, 1);
    boolean keep = true;
    try {
      List<StoredLayer> stored = fetcher.fetch(plans, listener);
      return commit(documents, stored, names);
    } catch (ImageException e) {
      // What came whole serves the next try; a bad image leaves nothing.
      keep = e.isTransient();
      throw e;
    } finally {
      hold(held, -1);
      if (!keep) {
        sweep();
      }
    }
  }

  private void hold(Set<LayerId> ids, int by) {
    lock.lock();
    try {
      for (LayerId id : ids) {
        holds.merge(id, by, (a, b) -> a + b == 0 ? null : a + b);
      }
    } finally {
      lock.unlock();
    }
  }

  private StoredImage commit(ImageDocuments documents, List<StoredLayer> stored, ImageNames names)
      throws StoreException {
    lock.lock();
    try {
      return images.commit(documents, stored, names);
    } catch (IOException e) {
      throw failure("record image " + documents.id(), e);
    } finally {
      lock.unlock();
    }
  }

  private StoreException failure(String what, IOException e) {
    return new StoreException(directory, what + " in", e);
  }

  /** Stops the workers. What is on disk needs no closing. */
  @Override
  public void close() {
    fetcher.close();
  }
}
