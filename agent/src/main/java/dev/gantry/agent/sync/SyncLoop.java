package dev.gantry.agent.sync;

import dev.gantry.agent.pleg.BoundedChannel;
import dev.gantry.agent.pleg.PodEvent;
import dev.gantry.agent.source.ManifestDirectory;
import dev.gantry.agent.worker.PodWorkers;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The loop: waits for the first of its four sources and hands what it learns to the workers. It
 * does no work itself that could take long.
 */
final class SyncLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SyncLoop.class.getName());
  private static final Duration RESYNC = Duration.ofSeconds(20);
  private static final Duration HOUSEKEEPING = Duration.ofSeconds(60);

  private final BoundedChannel<PodEvent> channel;
  private final @Nullable ManifestDirectory manifests;
  private final Reconciler reconciler;
  private final PodWorkers workers;
  private final Housekeeping housekeeping;
  private final InstantSource clock;
  private final AtomicBoolean changed = new AtomicBoolean(true);
  private final Thread thread;
  private Instant resync = Instant.MIN;
  private Instant clean = Instant.MIN;
  private volatile Instant lastTurn;

  SyncLoop(
      BoundedChannel<PodEvent> channel,
      @Nullable ManifestDirectory manifests,
      Reconciler reconciler,
      PodWorkers workers,
      Housekeeping housekeeping,
      InstantSource clock) {
    this.channel = channel;
    this.manifests = manifests;
    this.reconciler = reconciler;
    this.workers = workers;
    this.housekeeping = housekeeping;
    this.clock = clock;
    this.lastTurn = clock.instant();
    this.thread = Thread.ofVirtual().name("sync-loop").unstarted(this::loop);
  }

  void start() {
    thread.start();
  }

  /** Declared objects or manifests have changed, or a pod is gone. */
  void changed() {
    changed.set(true);
    channel.nudge();
  }

  /** When the loop last went round. */
  Instant lastTurn() {
    return lastTurn;
  }

  private void loop() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        turn();
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.ERROR, "the sync loop goes on after: " + e.getMessage(), e);
        changed.set(true);
        if (!pause()) {
          return;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(Duration.ofSeconds(1));
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void turn() throws InterruptedException, IOException {
    lastTurn = clock.instant();
    boolean look = changed.getAndSet(false);
    if (!clock.instant().isBefore(resync)) {
      resync = clock.instant().plus(RESYNC);
      look = true;
    }
    if (look) {
      if (manifests != null) {
        manifests.read();
      }
      reconciler.run();
    }
    if (!clock.instant().isBefore(clean)) {
      clean = clock.instant().plus(HOUSEKEEPING);
      housekeeping.run();
    }
    if (changed.get()) {
      return;
    }
    Duration patience = Duration.between(clock.instant(), resync.isBefore(clean) ? resync : clean);
    Optional<PodEvent> event = channel.poll(patience.isNegative() ? Duration.ZERO : patience);
    event.ifPresent(e -> workers.wake(e.uid()));
    if (channel.takeOverflow()) {
      workers.wakeAll();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
