package dev.gantry.image;

import dev.gantry.image.registry.RegistrySession;
import dev.gantry.oci.ImageReference;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A pull and those who wait for it.
 *
 * <pre>
 * wanted ──last caller leaves──▶ abandoned ──nobody comes for a while──▶ cancelled
 *    ▲                               │
 *    └────────── a caller joins ─────┘            (or it ends, well or not, at any time)
 * </pre>
 */
final class RunningPull {
  /** What the pull does; its end completes {@link #result}. */
  interface Work {
    StoredImage run(RunningPull pull) throws ImageException;
  }

  private final ImageReference reference;
  private final Duration patience;
  private final Instant since = Instant.now();
  private final PullProgress progress = new PullProgress();
  private final PullBroadcast listeners = new PullBroadcast();
  private final CompletableFuture<StoredImage> result = new CompletableFuture<>();
  private final Thread thread;
  private volatile Supplier<String> host = () -> "";
  private int callers;
  private boolean cancelled;
  private @Nullable Thread timer;

  /**
   * @param patience how long it goes on without a caller
   * @param ended called once, before those who wait hear of the end
   */
  RunningPull(ImageReference reference, Duration patience, Work work, Runnable ended) {
    this.reference = reference;
    this.patience = patience;
    this.listeners.add(progress);
    this.thread = Thread.ofVirtual().name("pull " + reference).unstarted(() -> run(work, ended));
  }

  private void run(Work work, Runnable ended) {
    try {
      StoredImage image = work.run(this);
      ended.run();
      result.complete(image);
    } catch (ImageException | RuntimeException | Error e) {
      // Removed before it completes: who retries after a failure starts anew.
      ended.run();
      result.completeExceptionally(e);
    } finally {
      synchronized (this) {
        stopTimer();
      }
    }
  }

  void start() {
    thread.start();
  }

  /** One more waits for it; false when it has been cancelled, and another must be started. */
  synchronized boolean join(PullListener listener) {
    if (cancelled) {
      return false;
    }
    stopTimer();
    callers++;
    listeners.add(listener);
    return true;
  }

  /** Waits for the end. Whoever has joined calls {@link #leave} afterwards, come what may. */
  StoredImage await() throws ImageException, InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ImageException known -> throw known;
        case RuntimeException bug -> throw bug;
        case Error bug -> throw bug;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  synchronized void leave(PullListener listener) {
    listeners.remove(listener);
    callers--;
    if (callers == 0 && !result.isDone() && !cancelled) {
      timer = Thread.ofVirtual().name("abandoned " + reference).start(this::cancelUnwanted);
    }
  }

  private void cancelUnwanted() {
    try {
      Thread.sleep(patience);
    } catch (InterruptedException wanted) {
      return;
    }
    synchronized (this) {
      if (callers == 0 && Thread.currentThread().equals(timer)) {
        cancel();
      }
    }
  }

  private void stopTimer() {
    Thread running = timer;
    timer = null;
    if (running != null) {
      running.interrupt();
    }
  }

  /** Ends it soon; what it has made that is not whole goes. */
  synchronized void cancel() {
    cancelled = true;
    thread.interrupt();
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Returns when it has ended and cleaned up. */
  void join() throws InterruptedException {
    thread.join();
  }

  /** Tells one more how it gets on, who does not wait for it. */
  void hear(PullListener listener) {
    listeners.add(listener);
  }

  PullListener listeners() {
    return listeners;
  }

  void asks(RegistrySession session) {
    host = session::servedBy;
  }

  PullStatus status() {
    int waiting;
    synchronized (this) {
      waiting = callers;
    }
    return new PullStatus(reference, since, host.get(), waiting, progress.layers());
  }
}
