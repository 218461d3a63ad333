package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.layer.LayerTar;
import dev.gantry.image.layer.UnpackedLayer;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.LayerOrigins;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The images of one node: {@code layers/<id>} have overlay lower directories, {@code images/<id>}
 * are synced records, {@code tmp} what is being made. Reading answers from memory and never waits;
 * changes are made one after the other. What a crash leaves behind is removed when the store is
 * opened. One store per directory: the daemon's root lock sees to that.
 */
public final class ImageStore implements AutoCloseable {
  private static final Duration DELETE = Duration.ofMinutes(30);

  private final Path directory;
  private final LayerDirectory layers;
  private final ImageSet images;
  private final LayerFetcher fetcher;
  private final UnfinishedWork unfinished;
  private final ImageRemover remover;
  private final ImageIntake intake;

  /** Guards all changes; reading goes through {@link ImageSet#snapshot}. */
  private final ReentrantLock lock = new ReentrantLock();

  private ImageStore(Path directory, StoreSettings settings) throws IOException {
    this.directory = directory;
    Path temporary = directory.resolve("tmp");
    DeleteTree.delete(temporary);
    for (String name : new String[] {"", "images", "layers", "tmp", "spool", "unfinished"}) {
      boolean onTheWay = name.isEmpty() || name.equals("layers");
      privateDirectory(directory.resolve(name), onTheWay ? "rwx--x--x" : "rwx------");
    }
    this.layers = new LayerDirectory(directory.resolve("layers"), temporary);
    this.unfinished = new UnfinishedWork(directory, settings.transfer(), this::sweep);
    this.fetcher = new LayerFetcher(layers, temporary, unfinished.spools(), settings);
    this.images = new ImageSet(directory.resolve("images"), layers, settings.pinned());
    this.remover = new ImageRemover(directory, lock, layers, images, unfinished::layers);
    this.intake = new ImageIntake(directory, lock, layers, images, fetcher, unfinished, remover);
    Set<LayerId> kept = images.snapshot().referenced();
    kept.addAll(unfinished.layers());
    layers.delete(layers.detach(kept));
    unfinished.start();
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
  public Path temporary() {
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

  /**
   * Lower directories of an overlay, top layer first, for this process. They are good as long as
   * the image is used.
   *
   * @throws IOException when a layer cannot be mounted
   */
  public List<Path> lowerDirs(StoredImage image) throws IOException {
    return layers.topFirst(image.layers());
  }

  /**
   * The bytes of an image, kept from being removed; empty when there is none of that name or id.
   */
  public Optional<ImageContent> content(String nameOrId) throws ReferenceException {
    return images
        .snapshot()
        .find(nameOrId)
        .flatMap(e -> use(e.image().id()).map(lease -> new ImageContent(e, this, layers, lease)));
  }

  /**
   * The archive that a layer came from, byte for byte: its digest is the diff id, which is verified
   * at the end. The caller has a lease on an image with the layer, and reads on a platform thread.
   *
   * @throws LayerException when the layer was unpacked by a Gantry that kept no tar journal
   */
  InputStream openTar(LayerId id) throws IOException {
    StoredLayer layer =
        layers.get(id).orElseThrow(() -> new LayerException("", "no layer " + id.digest(), null));
    return LayerTar.open(layers.directory(id), layer.diffId());
  }

  /**
   * Space that images take, with what unfinished pulls have brought and what repairs have set
   * aside; sums kept in records and in memory, no walk over the disk.
   */
  public DiskUsage.Usage usage() {
    DiskUsage.Usage whole = images.snapshot().usageWith(layers.usage());
    return whole.plus(unfinished.spools().usage()).plus(fetcher.usage());
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

  /**
   * Marks an image as used by a container until the lease is closed. It may have been removed
   * meanwhile: its layers stay for those who use them.
   */
  public Optional<Lease> use(Digest id) {
    return remover.use(id);
  }

  /**
   * Removes an image with all its names, as the CRI means RemoveImage: "removing image by one tag
   * should remove all tags". While a container uses it, only the names go.
   */
  public RemoveOutcome remove(String nameOrId) throws ImageException {
    return remover.remove(nameOrId);
  }

  /** Takes one name away; the image goes with its last one. An id removes all. */
  public RemoveOutcome untag(String name) throws ImageException {
    return remover.untag(name);
  }

  /** Removes images that no container uses and no configuration pins. */
  public PruneReport prune(PruneOptions options) throws ImageException {
    return remover.prune(options);
  }

  /** Removes what nothing names, uses or holds. Called after recovery has taken its leases. */
  public void sweep() throws StoreException {
    remover.sweep();
  }

  /** Brings an image in: fetches the layers that are missing, then publishes record and names. */
  StoredImage add(
      ImageDocuments documents,
      List<LayerPlan> plans,
      ImageNames names,
      LayerClaim claim,
      PullListener listener)
      throws IOException {
    return intake.add(documents, plans, names, claim, listener);
  }

  /** Whether everyone on this machine may have all layers of the image. */
  boolean isEveryones(StoredImage image) throws IOException {
    return fetcher.areEveryones(image.layers());
  }

  /** Keeps layers from being swept, or gives that up. */
  void hold(Set<LayerId> ids, int by) {
    remover.hold(ids, by);
  }

  /** For the parts of this package that look after the store. */
  ImageSet images() {
    return images;
  }

  LayerDirectory layers() {
    return layers;
  }

  /** What is wrong with an image's record on disk, null when nothing is or it has changed since. */
  @Nullable String recordProblem(Entry entry) throws StoreException {
    lock.lock();
    try {
      return images.problem(entry);
    } catch (IOException e) {
      throw failure("check image " + entry.image().id(), e);
    } finally {
      lock.unlock();
    }
  }

  /** Writes an image's record again, unless it has changed since. */
  void rewrite(Entry entry) throws StoreException {
    lock.lock();
    try {
      if (images.snapshot().entries().contains(entry)) {
        images.replace(entry.record());
      }
    } catch (IOException e) {
      throw failure("write image " + entry.image().id(), e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes a layer again and puts it in the place of the one that is there.
   *
   * @param below what it stands on, base first
   */
  void rebuild(StoredLayer layer, List<LayerId> below, LayerPlan plan)
      throws IOException, InterruptedException {
    UnpackedLayer fresh = fetcher.build(plan, layers.topFirst(below));
    boolean done = false;
    try {
      if (fresh.selfContained() != layer.selfContained()) {
        throw new LayerException("", "layer " + layer.id().digest() + " leans on others now", null);
      }
      new LayerOrigins().copy(layers.directory(layer.id()), fresh.directory());
      layers.replace(layer, fresh);
      done = true;
    } finally {
      if (!done) {
        DeleteTree.delete(fresh.directory());
      }
    }
    sweep();
  }

  private StoreException failure(String what, IOException e) {
    return new StoreException(directory, what + " in", e);
  }

  /** Stops the workers and gives up mounts. What is on disk needs no closing. */
  @Override
  public void close() {
    unfinished.close();
    fetcher.close();
    layers.close();
  }
}
