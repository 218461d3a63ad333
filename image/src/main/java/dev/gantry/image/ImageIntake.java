package dev.gantry.image;

import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings images into the store: fetches the layers that are missing, then publishes record and
 * names. What comes of a try that fails stays for the next one where that may succeed.
 *
 * @param lock guards all changes of {@code images}
 */
record ImageIntake(
    Path directory,
    ReentrantLock lock,
    LayerDirectory layers,
    ImageSet images,
    LayerFetcher fetcher,
    UnfinishedWork unfinished,
    ImageRemover remover) {

  /**
   * @throws StoreException when the disk fails or is full, with what was needed
   */
  StoredImage add(
      ImageDocuments documents,
      List<LayerPlan> plans,
      ImageNames names,
      LayerClaim claim,
      PullListener listener)
      throws IOException {
    var held = new HashSet<LayerId>();
    for (LayerPlan plan : plans) {
      held.add(new LayerId(plan.diffId()));
      held.add(new LayerId(plan.chainId()));
    }
    DiskSpace space = DiskSpace.before(directory, layers, plans);
    unfinished.begin(documents.id(), plans);
    remover.hold(held, 1);
    boolean keep = true;
    boolean retry = true;
    try {
      List<StoredLayer> stored = fetcher.fetch(plans, claim, listener);
      StoredImage image = commit(documents, stored, names);
      retry = false;
      return image;
    } catch (StoreException e) {
      keep = false; // not even whole layers: the next try may need their space
      throw space.explain(e);
    } catch (LinuxException e) {
      keep = false;
      throw space.explain(failure("write layers of " + documents.id(), e));
    } catch (ImageException e) {
      // What came whole serves the next try; a bad image leaves nothing.
      keep = e.isTransient();
      throw e;
    } finally {
      remover.hold(held, -1);
      unfinished.end(documents.id(), keep && retry);
      if (!keep) {
        remover.sweep();
      }
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
}
