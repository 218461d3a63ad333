package dev.gantry.image.store;

import dev.gantry.image.LayerId;
import dev.gantry.image.StoreException;
import dev.gantry.image.layer.LayerArchive;
import dev.gantry.image.layer.UnpackedLayer;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layers on disk, {@code layers/<id>/{diff,layer}} or {@code
 * layers/<id>/{archive,index,layer}}. A layer is published by one rename after its data and record
 * are on the disk, so what is there is whole.
 */
public final class LayerDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayerDirectory.class);
  private static final long BLOCK = 4096;

  /** The layer's own directory, diff, record and origins; the journal is in its sum. */
  private static final int BESIDE = 4;

  private static final Duration RENAME = Duration.ofMinutes(2);

  private final Path layers;
  private final Path temporary;
  private final SyncGate sync;
  private final ReplacedLayers replaced;
  private final LayerRecords records = new LayerRecords();
  private final LayerMounts mounts = new LayerMounts();
  private final AtomicLong detached = new AtomicLong();
  private final Map<LayerId, StoredLayer> known = new ConcurrentHashMap<>();

  /** Held while a layer comes into sight. */
  private final ReentrantLock lock = new ReentrantLock();

  public LayerDirectory(Path layers, Path temporary) throws IOException {
    this.layers = layers;
    this.temporary = temporary;
    this.sync = new SyncGate(layers);
    this.replaced = new ReplacedLayers(layers.resolveSibling("replaced"));
    load();
  }

  private void load() throws IOException {
    try (Stream<Path> all = Files.list(layers)) {
      for (Path directory : all.toList()) {
        Optional<StoredLayer> layer = records.read(directory);
        if (layer.isPresent()) {
          known.put(layer.get().id(), layer.get());
        } else {
          LOG.warn("{} is not a whole layer and is removed", directory);
          DeleteTree.delete(detach(directory));
        }
      }
    }
  }

  /**
   * The layer that serves as {@code diffId} in a stack with this chain id.
   *
   * @param file name of an artifact's file, null for an archive
   */
  public Optional<StoredLayer> find(Digest diffId, Digest chainId, @Nullable String file) {
    StoredLayer settled = known.get(new LayerId(chainId));
    if (settled != null && settled.diffId().equals(diffId)) {
      return Optional.of(settled);
    }
    StoredLayer plain = known.get(new LayerId(diffId));
    return plain != null && plain.selfContained() && file == null
        ? Optional.of(plain)
        : Optional.empty();
  }

  public Optional<StoredLayer> get(LayerId id) {
    return Optional.ofNullable(known.get(id));
  }

  public Collection<StoredLayer> all() {
    return Collections.unmodifiableCollection(known.values());
  }

  /** Whether the layer's record on disk can be read and says the same. */
  public boolean isRecorded(StoredLayer layer) {
    return records.read(directory(layer.id())).equals(Optional.of(layer));
  }

  /**
   * The layer's files: a directory, or the root of a mount, which is for this process only and
   * stays as long as the layer does.
   */
  private Path root(LayerId id) throws IOException {
    Path directory = directory(id);
    return LayerArchive.isIn(directory) ? mounts.root(directory) : directory.resolve("diff");
  }

  /** Holds the layer, its record and what else is kept of it. */
  public Path directory(LayerId id) {
    return layers.resolve(id.directoryName());
  }

  /**
   * Makes a layer durable and visible. Call it on a virtual thread: many wait for one sync.
   *
   * @return the layer, or the same one that another published first; then this one is deleted
   * @throws StoreException when the disk fails; the layer is then where it was
   */
  public StoredLayer publish(UnpackedLayer layer, Digest chainId) throws StoreException {
    var id = new LayerId(layer.selfContained() ? layer.diffId() : chainId);
    Path target = directory(id);
    try {
      StoredLayer stored = prepare(layer, id, layer.blobSize());
      return BlockingCalls.runToEnd(
          "publish layer " + target, RENAME, () -> show(layer.directory(), target, stored));
    } catch (IOException e) {
      throw new StoreException(target, "publish layer", e);
    }
  }

  /** Writes the record and makes everything durable. */
  private StoredLayer prepare(UnpackedLayer layer, LayerId id, long blobSize) throws IOException {
    var stored =
        new StoredLayer(
            id,
            layer.diffId(),
            layer.selfContained(),
            layer.report().bytes(),
            layer.report().inodes(),
            blobSize,
            layer.file());
    records.write(layer.directory(), stored);
    sync.sync();
    return stored;
  }

  /**
   * Puts a layer that was made again in the place of the one that is there. Containers that have
   * that one mounted go on with it: it is kept until {@link #detach(Set, Set)} is told that nobody
   * has.
   *
   * @throws StoreException when the disk fails; the new layer is then where it was, or kept aside
   */
  public StoredLayer replace(StoredLayer old, UnpackedLayer layer) throws StoreException {
    Path target = directory(old.id());
    try {
      StoredLayer stored = prepare(layer, old.id(), old.blobSize());
      return BlockingCalls.runToEnd(
          "replace layer " + target,
          RENAME,
          () -> {
            lock.lock();
            try {
              mounts.move(
                  target,
                  () -> replaced.swap(old.id(), layer.directory(), target, usage(List.of(old))));
              known.put(old.id(), stored);
              return stored;
            } finally {
              lock.unlock();
            }
          });
    } catch (IOException e) {
      throw new StoreException(target, "replace layer", e);
    }
  }

  private StoredLayer show(Path from, Path to, StoredLayer layer) throws IOException {
    lock.lock();
    try {
      StoredLayer first = known.get(layer.id());
      if (first == null) {
        At.rename(Fd.CWD, from.toString(), Fd.CWD, to.toString(), At.RENAME_NOREPLACE);
        known.put(layer.id(), layer);
        return layer;
      }
      DeleteTree.delete(from);
      return first;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the names of published layers durable; to be done before a record names them. */
  public void syncNames() throws IOException {
    try (Fd directory = At.open(Fd.CWD, layers.toString(), OpenFlags.RDONLY, 0)) {
      At.fsync(directory);
    }
  }

  /**
   * Takes every layer that is not in {@code kept} out of sight; what is half deleted must not look
   * like a layer.
   *
   * @return directories for {@link #delete}
   */
  public List<Path> detach(Set<LayerId> kept) throws IOException {
    var doomed = new ArrayList<Path>();
    for (StoredLayer layer : new ArrayList<>(known.values())) {
      if (!kept.contains(layer.id())) {
        known.remove(layer.id());
        doomed.add(detach(layers.resolve(layer.id().directoryName())));
      }
    }
    return doomed;
  }

  /**
   * {@link #detach(Set)}, and what was replaced and is not mounted any more.
   *
   * @param mounted layers that containers may have mounted
   */
  public List<Path> detach(Set<LayerId> kept, Set<LayerId> mounted) throws IOException {
    var doomed = new ArrayList<>(detach(kept));
    for (Path spare : replaced.spare(mounted)) {
      doomed.add(detach(spare));
      replaced.forget(spare);
    }
    return doomed;
  }

  private Path detach(Path directory) throws IOException {
    // Makes nothing: space must come free on a full disk, too.
    Path doomed = temporary.resolve("doomed-" + detached.getAndIncrement());
    mounts.remove(
        directory,
        () -> {
          At.rename(Fd.CWD, directory.toString(), Fd.CWD, doomed.toString(), At.RENAME_NOREPLACE);
          return doomed;
        });
    return doomed;
  }

  /** Deletes what {@link #detach(Set)} gave; answers how many there were. */
  public int delete(List<Path> doomed) throws IOException {
    for (Path p : doomed) {
      DeleteTree.delete(p);
    }
    return doomed.size();
  }

  /**
   * Space of all layers, also of those that no image has yet and of damaged ones that containers
   * still have mounted, with journals and records.
   */
  public DiskUsage.Usage usage() {
    DiskUsage.Usage sum = usage(known.values());
    for (DiskUsage.Usage aside : replaced.usage()) {
      sum = new DiskUsage.Usage(sum.bytes() + aside.bytes(), sum.inodes() + aside.inodes());
    }
    return sum;
  }

  /** Space of these layers. */
  public static DiskUsage.Usage usage(Collection<StoredLayer> some) {
    long bytes = 0;
    long inodes = 0;
    for (StoredLayer layer : some) {
      bytes += layer.bytes() + BESIDE * BLOCK;
      inodes += layer.inodes() + BESIDE;
    }
    return new DiskUsage.Usage(bytes, inodes);
  }

  /**
   * The roots of a stack, top first, as overlayfs wants them, for this process and as long as the
   * layers stay.
   */
  public List<Path> topFirst(List<LayerId> baseFirst) throws IOException {
    var paths = new ArrayList<Path>(baseFirst.size());
    for (LayerId id : baseFirst.reversed()) {
      paths.add(root(id));
    }
    return paths;
  }

  /** Gives the mounts up that this process has; containers keep theirs. */
  @Override
  public void close() {
    mounts.close();
  }
}
