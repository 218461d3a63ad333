package dev.gantry.daemon.stats;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.DiskUsage.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How much each container has written, measured by one thread when somebody wants to know: a node
 * that nobody looks at walks through no directory. Who asks waits a moment for what has never been
 * measured, and never for more; the rest is as last measured. A layer is measured again when the
 * last attempt is older than a hundred times what it took, and at least {@link #LEAST_AGE}.
 */
public final class WritableLayers implements AutoCloseable {
  /** How old a measurement may become. */
  static final Duration LEAST_AGE = Duration.ofSeconds(20);

  private static final int DUTY = 100;
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final Duration THREAD_STAYS = Duration.ofSeconds(60);

  /**
   * One measurement.
   *
   * @param at when it was taken
   */
  public record Measured(Usage usage, Instant at) {}

  /**
   * The last attempt to measure, which counts for when the next one is due whether it worked or
   * not.
   *
   * @param took how long it took
   * @param last the last measurement that worked, if one has
   */
  private record Attempt(Instant at, Duration took, @Nullable Measured last) {}

  /** What walks through a layer: {@link DiskUsage}, but for a test. */
  @FunctionalInterface
  interface Walk {
    Usage of(Path layer) throws IOException;
  }

  private final RecordStore<ContainerRecord> containers;
  private final ContainerRoots roots;
  private final Walk walk;
  private final ConcurrentHashMap<String, Attempt> attempts = new ConcurrentHashMap<>();
  private final ExecutorService thread;
  private @Nullable Future<?> round;
  private Instant lastRound = Instant.EPOCH;

  /** Measures nothing until somebody asks. */
  public WritableLayers(RecordStore<ContainerRecord> containers, ContainerRoots roots) {
    this(containers, roots, DiskUsage::of);
  }

  WritableLayers(RecordStore<ContainerRecord> containers, ContainerRoots roots, Walk walk) {
    this.containers = containers;
    this.roots = roots;
    this.walk = walk;
    var one =
        new ThreadPoolExecutor(
            1,
            1,
            THREAD_STAYS.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(1),
            Thread.ofPlatform().daemon().name("writable-layers").factory());
    one.allowCoreThreadTimeOut(true);
    this.thread = one;
  }

  /**
   * To be called before {@link #of} is for one or many containers: sees to it that they are
   * measured, and waits a moment when one never was, or when nobody has asked for a while.
   */
  public void wanted() {
    boolean unknown =
        containers.all().stream().anyMatch(container -> !attempts.containsKey(container.id()));
    boolean old = old();
    Future<?> running = round(unknown);
    if ((unknown || old) && running != null) {
      try {
        running.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // The answer leaves out what is not known yet.
      } catch (ExecutionException e) {
        Event.warn("writable layers not measured").because(e).log();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized boolean old() {
    return lastRound.plus(LEAST_AGE.multipliedBy(3)).isBefore(Instant.now());
  }

  /** Starts to measure if that is due; whatever runs, if anything does. */
  private synchronized @Nullable Future<?> round(boolean unknown) {
    boolean runs = round != null && !round.isDone();
    boolean due = unknown || lastRound.plus(LEAST_AGE).isBefore(Instant.now());
    if (!runs && due && !thread.isShutdown()) {
      lastRound = Instant.now();
      round = thread.submit(this::measureAll);
    }
    return round;
  }

  private void measureAll() {
    attempts.keySet().removeIf(id -> containers.exactly(id).isEmpty());
    for (Entry<ContainerRecord> container : containers.all()) {
      Attempt before = attempts.get(container.id());
      if (before == null || due(before)) {
        measure(container.id());
      }
    }
  }

  private static boolean due(Attempt before) {
    Duration pause = before.took().multipliedBy(DUTY);
    Duration age = Duration.between(before.at(), Instant.now());
    return age.compareTo(pause) > 0 && age.compareTo(LEAST_AGE) > 0;
  }

  private void measure(String id) {
    Instant start = Instant.now();
    Measured before = of(id);
    Measured now = before;
    try {
      now = new Measured(walk.of(roots.writableLayer(id)), start);
      if (!now.usage().whole() && (before == null || before.usage().whole())) {
        Event.warn("writable layer has too deep a tree: what lies below is not counted")
            .with("container", id)
            .log();
      }
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return; // It is being made, or was removed meanwhile.
      }
      notMeasured(id, e);
    } catch (IOException e) {
      notMeasured(id, e);
    }
    attempts.put(id, new Attempt(start, Duration.between(start, Instant.now()), now));
  }

  private static void notMeasured(String id, IOException cause) {
    Event.warn("writable layer not measured").with("container", id).because(cause).log();
  }

  /**
   * The last measurement; nothing for a container that is too young to have one, or whose layer
   * cannot be read.
   */
  public @Nullable Measured of(String id) {
    Attempt attempt = attempts.get(id);
    return attempt == null ? null : attempt.last();
  }

  /** All writable layers together, as last measured. */
  public Usage sum() {
    Usage sum = new Usage(0, 0);
    for (Attempt attempt : attempts.values()) {
      Measured last = attempt.last();
      sum = last == null ? sum : sum.plus(last.usage());
    }
    return sum;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
