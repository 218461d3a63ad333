package dev.gantry.image;

import dev.gantry.image.transfer.Spools;
import dev.gantry.image.transfer.TransferSettings;
import dev.gantry.image.transfer.UnfinishedPulls;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What pulls that have not ended well have brought, whole layers and spools: kept for the retry,
 * also over a restart, and removed when none has come for a while.
 */
final class UnfinishedWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnfinishedWork.class);

  /** Removes what is no longer kept. */
  interface Sweep {
    void run() throws IOException;
  }

  private final UnfinishedPulls pulls;
  private final Spools spools;
  private final Duration keep;
  private final Sweep sweep;
  private @Nullable Thread timer;

  /**
   * @param directory of the store, with {@code unfinished} and {@code spool} in it
   */
  UnfinishedWork(Path directory, TransferSettings settings, Sweep sweep) throws IOException {
    this.pulls =
        new UnfinishedPulls(
            directory.resolve("unfinished"), settings.keep(), InstantSource.system());
    this.spools = new Spools(directory.resolve("spool"), settings);
    this.keep = settings.keep();
    this.sweep = sweep;
    spools.sweep(pulls.blobs());
  }

  /** Begins to watch over what an earlier daemon left, once {@link Sweep} can run. */
  void start() throws IOException {
    if (pulls.expire()) {
      wake();
    }
  }

  Spools spools() {
    return spools;
  }

  /** Layers that a retry will want. */
  Set<LayerId> layers() {
    return pulls.layers();
  }

  void begin(Digest image, List<LayerPlan> plans) throws IOException {
    var layers = new HashSet<LayerId>();
    var blobs = new HashSet<Digest>();
    for (LayerPlan plan : plans) {
      layers.add(new LayerId(plan.diffId()));
      layers.add(new LayerId(plan.chainId()));
      if (plan.blob() != null) {
        blobs.add(plan.blob());
      }
    }
    pulls.begin(image, layers, blobs);
  }

  /** The work on an image ended; with {@code kept}, what it brought stays for another try. */
  void end(Digest image, boolean kept) throws IOException {
    if (kept) {
      pulls.failed(image);
      wake();
    } else {
      pulls.done(image);
    }
    spools.sweep(pulls.blobs());
  }

  private synchronized void wake() {
    if (timer == null) {
      timer = Thread.ofVirtual().name("unfinished-pulls").start(this::watch);
    }
  }

  private void watch() {
    try {
      do {
        Thread.sleep(keep.dividedBy(4).plusMillis(1));
      } while (expire());
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** False, and the end of the watch, when nothing is left that would have to go one day. */
  private boolean expire() {
    try {
      pulls.expire();
      spools.sweep(pulls.blobs());
      sweep.run();
    } catch (IOException e) {
      LOG.warn("what unfinished pulls have left: {}; tried again later", e.getMessage());
      return true;
    }
    synchronized (this) {
      boolean more = !pulls.isEmpty();
      timer = more ? timer : null;
      return more;
    }
  }

  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      running = timer;
    }
    if (running != null) {
      running.interrupt();
    }
  }
}
