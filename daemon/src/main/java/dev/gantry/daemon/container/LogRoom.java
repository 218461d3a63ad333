package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRef;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Says when a disk of container logs is full, and of which containers output is lost: conmon drops
 * what it cannot write and tells nobody. While there is room this costs one statfs(2) per disk
 * every few seconds; while there is none, what each conmon has read and what its log has got are
 * compared.
 */
public final class LogRoom implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(5);

  /** A disk with less is full, as file systems keep some of the last blocks for themselves. */
  private static final long LITTLE_BYTES = 1 << 20;

  /** Of a disk so small that this is its everyday state. */
  private static final int LITTLE_FRACTION = 64;

  private final RecordStore<ContainerRecord> store;
  private final ContainerRoots roots;
  private final Map<String, Log> logs = new ConcurrentHashMap<>();
  private final Set<Long> full = new HashSet<>();
  private final Thread thread;

  /** The log of a container that runs, or of which something was lost. */
  private static final class Log {
    final Path path;
    final ProcessId monitor;
    final long device;
    private @Nullable LogFlow last;
    private long missing;
    private long told;
    final LongAdder lost = new LongAdder();

    Log(Path path, ProcessId monitor, long device) {
      this.path = path;
      this.monitor = monitor;
      this.device = device;
    }

    Path directory() {
      return path.resolveSibling("");
    }

    /** Whether, for the first time since the disk was full, more was read than written. */
    boolean loses() {
      Optional<LogFlow> now = LogFlow.of(monitor, path);
      LogFlow before = last;
      if (now.isEmpty()) {
        return false;
      }
      last = now.get();
      if (before == null) {
        return false;
      }
      long earlier = missing;
      missing = Math.max(0, missing + now.get().missingSince(before));
      lost.add(Math.max(0, missing - Math.max(earlier, LogFlow.NOISE_BYTES)));
      return earlier <= LogFlow.NOISE_BYTES && missing > LogFlow.NOISE_BYTES;
    }

    /** Begins anew; how much was lost since it did so before. */
    long roomAgain() {
      long since = lost.sum() - told;
      told += since;
      last = null;
      missing = 0;
      return since;
    }
  }

  /** Begins to look. */
  public LogRoom(RecordStore<ContainerRecord> store, ContainerRoots roots) {
    this.store = store;
    this.roots = roots;
    // Of its own: a disk that hangs holds up this look and nothing else.
    this.thread = Thread.ofPlatform().daemon().name("log-room").start(this::run);
  }

  /** How many bytes of a container's output are known to be lost, which is the least there are. */
  public long lost(String containerId) {
    Log log = logs.get(containerId);
    return log == null ? 0 : log.lost.sum();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closing
    }
  }

  private void look() {
    Set<String> there = new HashSet<>();
    Set<String> running = new HashSet<>();
    for (Entry<ContainerRecord> entry : store.all()) {
      there.add(entry.id());
      if (entry.record().getStage() == ContainerStage.CONTAINER_STAGE_RUNNING) {
        running.add(entry.id());
        logs.computeIfAbsent(entry.id(), id -> find(entry.record()));
      }
    }
    logs.entrySet()
        .removeIf(log ->
            !there.contains(log.getKey())
                || (!running.contains(log.getKey()) && log.getValue().lost.sum() == 0));
    Map<Long, Path> disks = new HashMap<>();
    logs.values().forEach(log -> disks.putIfAbsent(log.device, log.directory()));
    full.retainAll(disks.keySet());
    disks.forEach(this::look);
  }

  private @Nullable Log find(ContainerRecord record) {
    ContainerRef container = roots.refOf(record);
    Path path = container.logPath();
    ProcessId monitor = container.conmon();
    if (path == null || monitor == null) {
      return null;
    }
    try {
      Optional<FileStat> directory = At.find(At.CWD, path.resolveSibling("").toString(), true);
      return directory.map(stat -> new Log(path, monitor, stat.dev())).orElse(null);
    } catch (IOException e) {
      return null; // the next look may find it
    }
  }

  private void look(long device, Path directory) {
    DiskUsage.FsInfo disk;
    try {
      disk = DiskUsage.statfs(directory);
    } catch (IOException e) {
      // It has gone with its pod.
      logs.values().removeIf(log -> log.directory().equals(directory));
      return;
    }
    boolean isFull = disk.freeBytes() < Math.min(LITTLE_BYTES, disk.totalBytes() / LITTLE_FRACTION);
    if (isFull && full.add(device)) {
      Event.error("the disk of container logs is full; what containers write now is lost")
          .with("directory", directory)
          .with("free_bytes", disk.freeBytes())
          .log();
    }
    if (full.contains(device)) {
      compare(device, isFull);
    }
    if (!isFull && full.remove(device)) {
      Event.info("the disk of container logs has room again").with("directory", directory).log();
    }
  }

  private void compare(long device, boolean isFull) {
    logs.forEach((id, log) -> {
      if (log.device != device) {
        return;
      }
      if (log.loses()) {
        Event.error("output of a container is lost, as the disk of its log is full")
            .with("container", id)
            .with("log", log.path)
            .log();
      }
      if (!isFull) {
        long lost = log.roomAgain();
        if (lost > 0) {
          Event.warn("the log of a container has a gap")
              .with("container", id)
              .with("log", log.path)
              .with("lost_bytes_at_least", lost)
              .log();
        }
      }
    });
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
