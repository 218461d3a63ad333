package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.store.ImageRecord;
import dev.gantry.image.store.ImageRecords;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
  private final ImageRecords records;
  private final LayerFetcher fetcher;
  private final List<Pattern> pinnedNames;

  /** Guards all changes; what it guards is read through {@link #snapshot}. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<Digest, Integer> uses = new HashMap<>();
  private final Map<LayerId, Integer> holds = new HashMap<>();
  private volatile StoreSnapshot snapshot;

  private ImageStore(Path directory, StoreSettings settings) throws IOException {
    this.directory = directory;
    Path temporary = directory.resolve("tmp");
    DeleteTree.delete(temporary);
    for (String name : new String[] {"", "images", "layers", "tmp"}) {
      privateDirectory(directory.resolve(name), name.equals("images") ? "rwx------" : "rwx--x--x");
    }
    this.layers = new LayerDirectory(directory.resolve("layers"), temporary);
    this.records = new ImageRecords(directory.resolve("images"));
    this.fetcher = new LayerFetcher(layers, temporary, settings);
    this.pinnedNames = settings.pinned().stream().map(ImageStore::glob).toList();
    this.snapshot = new StoreSnapshot(load(), layers);
    layers.delete(layers.detach(snapshot.referenced()));
  }

  /** Directories on the way to root file systems are 0711, all else 0700 (design rule 8). */
  private static void privateDirectory(Path path, String mode) throws IOException {
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static Pattern glob(String name) {
    return Pattern.compile(
        Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
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

  private List<Entry> load() throws IOException {
    var entries = new ArrayList<Entry>();
    var taken = new HashSet<String>();
    var all = new ArrayList<>(records.load());
    // After a crash between two records a tag may stand in both: the younger one has it.
    all.sort((a, b) -> Long.compare(b.updated(), a.updated()));
    for (ImageRecord record : all) {
      boolean whole =
          record.layers().stream()
              .allMatch(id -> layers.get(new LayerId(Digest.parse(id))).isPresent());
      if (!whole) {
        LOG.warn("image {} lacks a layer and is removed", record.id());
        records.delete(record.id());
        continue;
      }
      var tags = record.tags().stream().filter(taken::add).toList();
      entries.add(StoreSnapshot.entry(Records.withTags(record, tags), layers, pinnedNames));
    }
    return entries;
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
    return snapshot.visible();
  }

  /**
   * The image of an id ({@code sha256:<hex>}, {@code <hex>} or a beginning of it), a name with tag
   * (or without, meaning {@code latest}) or a name with digest.
   *
   * @throws ReferenceException when it is none of these, or a beginning of several ids
   */
  public Optional<StoredImage> find(String nameOrId) throws ReferenceException {
    return snapshot.find(nameOrId).map(Entry::image);
  }

  /** Lower directories of an overlay, top layer first. */
  public List<Path> lowerDirs(StoredImage image) {
    return layers.topFirst(image.layers());
  }

  /** Space that images take; sums kept in records, no walk over the disk. */
  public DiskUsage.Usage usage() {
    return snapshot.usage();
  }

  /**
   * Marks an image as used by a container until the lease is closed. It may have been removed
   * meanwhile: its layers stay for those who use them.
   */
  public Optional<Lease> use(Digest id) {
    lock.lock();
    try {
      if (snapshot.byId(id).isEmpty()) {
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
      Optional<Entry> found = snapshot.find(nameOrId);
      if (found.isEmpty()) {
        return RemoveOutcome.ABSENT;
      }
      Digest id = found.get().image().id();
      boolean used = uses.containsKey(id);
      outcome = used ? RemoveOutcome.IN_USE : RemoveOutcome.REMOVED;
      if (used) {
        replace(Records.removed(found.get().record()));
      } else {
        drop(found.get());
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
  public RemoveOutcome untag(String name) throws ImageException {
    lock.lock();
    try {
      Optional<Entry> found = snapshot.find(name);
      if (found.isEmpty()) {
        return RemoveOutcome.ABSENT;
      }
      ImageRecord left = Records.without(found.get().record(), name);
      boolean byId = left.equals(found.get().record());
      if (!byId && !left.tags().isEmpty()) {
        replace(left);
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
      for (Entry e : List.copyOf(snapshot.entries())) {
        if (e.record().removed() && !uses.containsKey(e.image().id())) {
          drop(e);
        }
      }
      Set<LayerId> kept = snapshot.referenced();
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
      Optional<Entry> known = snapshot.byId(documents.id());
      var tags = new TreeSet<>(names.tags());
      var digests = new TreeSet<>(names.digests());
      if (known.isPresent()) {
        tags.addAll(known.get().record().tags());
        digests.addAll(known.get().record().digests());
      }
      long now = System.currentTimeMillis();
      var record =
          new ImageRecord(
              documents.id().toString(),
              Base64.getEncoder().encodeToString(documents.configBytes()),
              Base64.getEncoder().encodeToString(documents.manifestBytes()),
              List.copyOf(tags),
              List.copyOf(digests),
              stored.stream().map(l -> l.id().digest().toString()).toList(),
              now,
              now,
              false);
      replace(record);
      repoint(names.tags(), documents.id());
      return snapshot.byId(documents.id()).orElseThrow().image();
    } catch (IOException e) {
      throw failure("record image " + documents.id(), e);
    } finally {
      lock.unlock();
    }
  }

  /** Tags that moved leave the image that had them; it stays by its id and digests. */
  private void repoint(List<String> tags, Digest owner) throws IOException {
    for (Entry e : List.copyOf(snapshot.entries())) {
      var left = new ArrayList<>(e.record().tags());
      if (!e.image().id().equals(owner) && left.removeAll(tags)) {
        replace(Records.withTags(e.record(), left));
      }
    }
  }

  private void replace(ImageRecord record) throws IOException {
    BlockingCalls.run(
        "write image record",
        WRITE,
        () -> {
          layers.syncNames();
          records.write(record);
          return true;
        });
    Entry entry = StoreSnapshot.entry(record, layers, pinnedNames);
    var entries = new ArrayList<>(snapshot.entries());
    entries.removeIf(e -> e.image().id().equals(entry.image().id()));
    entries.add(entry);
    snapshot = new StoreSnapshot(entries, layers);
  }

  private void drop(Entry entry) throws IOException {
    BlockingCalls.run(
        "delete image record",
        WRITE,
        () -> {
          records.delete(entry.record().id());
          return true;
        });
    var entries = new ArrayList<>(snapshot.entries());
    entries.remove(entry);
    snapshot = new StoreSnapshot(entries, layers);
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
