package dev.gantry.daemon.stats;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.DiskUsage.Usage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much each container has written, measured in the background by one thread: a reader never
 * waits for a walk through a directory. A layer is measured again when its last measurement is
 * older than ten times what it took, and at least {@value #PERIOD_SECONDS} s.
 */
public final class WritableLayers implements AutoCloseable {
  private static final int PERIOD_SECONDS = 10;
  private static final int DUTY = 10;

  /**
   * One measurement.
   *
   * @param at when it was taken
   * @param took how long it took
   */
  public record Measured(Usage usage, Instant at, Duration took) {}

  private final RecordStore<ContainerRecord> containers;
  private final ContainerRoots roots;
  private final ConcurrentHashMap<String, Measured> measured = new ConcurrentHashMap<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("writable-layers").factory());

  /** Starts measuring. */
  public WritableLayers(RecordStore<ContainerRecord> containers, ContainerRoots roots) {
    this.containers = containers;
    this.roots = roots;
    var _ =
        thread.scheduleWithFixedDelay(
            this::measureAll, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void measureAll() {
    measured.keySet().removeIf(id -> containers.all().stream().noneMatch(c -> c.id().equals(id)));
    for (Entry<ContainerRecord> container : containers.all()) {
      Measured last = measured.get(container.id());
      if (last == null || due(last)) {
        measure(container.id());
      }
    }
  }

  private static boolean due(Measured last) {
    Duration pause = last.took().multipliedBy(DUTY);
    return last.at().plus(pause).isBefore(Instant.now());
  }

  private @Nullable Measured measure(String id) {
    Instant start = Instant.now();
    try {
      Usage usage = DiskUsage.of(roots.writableLayer(id));
      var now = new Measured(usage, start, Duration.between(start, Instant.now()));
      measured.put(id, now);
      return now;
    } catch (IOException e) {
      // A container that was removed meanwhile is the usual cause.
      Event.debug("writable layer not measured").with("container", id).because(e).log();
      return null;
    }
  }

  /** The last measurement; nothing for a container that is too young to have one. */
  public @Nullable Measured of(String id) {
    return measured.get(id);
  }

  /** All writable layers together, as last measured. */
  public Usage sum() {
    long bytes = 0;
    long inodes = 0;
    for (Measured one : measured.values()) {
      bytes += one.usage().bytes();
      inodes += one.usage().inodes();
    }
    return new Usage(bytes, inodes);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
