package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRef;
import dev.gantry.container.LogWriter;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.daemon.config.DaemonConfig.FullLogDisk;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a full disk of container logs costs no line, or says which were lost: conmon
 * drops what it cannot write and tells nobody. While there is room this costs one statfs(2) per
 * disk every second, or ten where it may soon run out; where it does each log is written through
 * its {@link LogGate}, and on a full disk what each conmon has read and what its log has got are
 * compared.
 */
public final class LogRoom implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** For disks that may soon be full. */
  private static final Duration SHORT_PERIOD = Duration.ofMillis(100);

  /** For logs to which nothing was written. */
  private static final Duration TENDING_PERIOD = Duration.ofMillis(20);

  /** For the others: each look lets some 16 KB of output through. */
  private static final Duration SOON = Duration.ofNanos(200_000);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final RecordStore<ContainerRecord> store;
  private final ContainerRoots roots;
  private final Handlers handlers;
  private final FullLogDisk policy;
  private final Map<String, Log> logs = new ConcurrentHashMap<>();
  private final Map<Long, LogDisk> disks = new ConcurrentHashMap<>();
  private final Set<Long> full = new HashSet<>();
  private final Map<Long, Thread> tenders = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  /** The log of a container that may write, or of which something was lost. */
  private record Log(
      Entry<ContainerRecord> container, Path path, long device, LogGate gate, LogLoss loss) {
    Path directory() {
      return path.resolveSibling("");
    }

    boolean mayGrow() {
      return LogRoom.mayGrow(container);
    }
  }

  /** What opens a log anew. */
  public interface Reopening {
    /**
     * @param awaited called when conmon was told, and again and again until it has done it
     */
    void run(Runnable awaited) throws Exception;
  }

  /** Begins to look. */
  public LogRoom(
      RecordStore<ContainerRecord> store,
      ContainerRoots roots,
      Handlers handlers,
      FullLogDisk policy) {
    this.store = store;
    this.roots = roots;
    this.handlers = handlers;
    this.policy = policy;
    // Of its own: a disk that hangs holds up this look and nothing else.
    this.thread = Thread.ofPlatform().daemon().name("log-room").start(this::run);
  }

  /** How many bytes of a container's output are known to be lost, which is the least there are. */
  public long lost(String containerId) {
    Log log = logs.get(containerId);
    return log == null ? 0 : log.loss.sum();
  }

  /** Whether a container that writes more waits, as there is no room for its log. */
  public boolean waits(String containerId) {
    Log log = logs.get(containerId);
    return log != null && log.gate.shut();
  }

  /** Looks at a new container's log before anything is written to it. */
  public void admit(Entry<ContainerRecord> container) {
    if (policy == FullLogDisk.DROP) {
      return;
    }
    try {
      BlockingCalls.run(
          "look at the disk of the log of container " + container.id(),
          PATIENCE,
          () -> {
            look(container);
            return true;
          });
    } catch (IOException e) {
      Event.warn("the disk of a container's log was not looked at")
          .with("container", container.id())
          .because(e)
          .log();
    }
  }

  private void look(Entry<ContainerRecord> container) throws IOException {
    Log log = logs.computeIfAbsent(container.id(), id -> find(container));
    if (log == null) {
      return;
    }
    LogDisk disk = disks.computeIfAbsent(log.device, _ -> new LogDisk());
    disk.look(log.directory(), growing(on(log.device)));
    if (disk.tight()) {
      log.gate.tend(disk);
      seeTo(log.device, disk);
    }
  }

  private static int growing(Stream<Log> some) {
    return (int) some.filter(Log::mayGrow).count();
  }

  private Stream<Log> on(long device) {
    return logs.values().stream().filter(log -> log.device == device);
  }

  /**
   * Runs what opens a container's log anew, so that no line is lost over it.
   *
   * @throws Exception what that throws, or that there is no room for a new log
   */
  public void reopen(String containerId, Reopening reopening) throws Exception {
    Log log = logs.get(containerId);
    LogDisk disk = log == null ? null : disks.get(log.device);
    if (log == null || disk == null || policy == FullLogDisk.DROP || !disk.tight()) {
      reopening.run(() -> {});
    } else {
      log.gate.reopen(disk, reopening);
    }
  }

  private void run() {
    while (!closed) {
      look();
      boolean often = disks.values().stream().anyMatch(LogDisk::nearlyTight);
      long pause = (often ? SHORT_PERIOD : PERIOD).toNanos();
      for (long left = PERIOD.toNanos(); left > 0 && !closed; left -= pause) {
        LockSupport.parkNanos(pause);
        disks.forEach(this::glance);
      }
    }
  }

  /** Disks may fill fast. */
  private void glance(long device, LogDisk disk) {
    if (disk.nearlyTight() && !disk.tight()) {
      try {
        disk.look(disk.directory(), disk.logs());
        seeTo(device, disk);
      } catch (IOException e) {
        // The directory has gone with its pod; the next look takes another one.
      }
    }
  }

  /**
   * Looks after the logs of a disk as long as it may soon be full: on a thread of its own, as a
   * disk that does not answer must not keep the containers of another one waiting.
   */
  private void seeTo(long device, LogDisk disk) {
    if (policy == FullLogDisk.WAIT && disk.tight()) {
      tenders.compute(
          device,
          (_, tender) ->
              tender != null && tender.isAlive()
                  ? tender
                  : Thread.ofPlatform().daemon().name("log-disk").start(() -> tend(device, disk)));
    }
  }

  private void tend(long device, LogDisk disk) {
    while (!closed && disk.tight() && disks.get(device) == disk) {
      long begin = System.nanoTime();
      List<Log> busy = on(device).toList();
      do {
        busy = busy.stream().filter(log -> tend(log, disk)).toList();
        LockSupport.parkNanos((busy.isEmpty() ? TENDING_PERIOD : SOON).toNanos());
      } while (!busy.isEmpty() && System.nanoTime() - begin < TENDING_PERIOD.toNanos());
    }
    letGo(device);
  }

  private static boolean tend(Log log, LogDisk disk) {
    if (log.mayGrow()) {
      return log.gate.tend(disk);
    }
    log.gate.letGo();
    return false;
  }

  private void letGo(long device) {
    on(device).forEach(log -> log.gate.letGo());
  }

  private void look() {
    for (Entry<ContainerRecord> entry : store.all()) {
      if (mayGrow(entry)) {
        logs.computeIfAbsent(entry.id(), id -> find(entry));
      }
    }
    logs.entrySet()
        .removeIf(entry -> {
          Log log = entry.getValue();
          boolean over = !log.mayGrow() && log.loss.sum() == 0;
          if (over || store.exactly(entry.getKey()).isEmpty()) {
            log.gate.close();
            return true;
          }
          return false;
        });
    Map<Long, List<Log>> byDisk = new HashMap<>();
    logs.values()
        .forEach(log -> byDisk.computeIfAbsent(log.device, _ -> new ArrayList<>()).add(log));
    disks.keySet().retainAll(byDisk.keySet());
    tenders.values().removeIf(tender -> !tender.isAlive());
    full.retainAll(byDisk.keySet());
    byDisk.forEach(this::look);
  }

  private static boolean mayGrow(Entry<ContainerRecord> container) {
    ContainerStage stage = container.record().getStage();
    return stage == ContainerStage.CONTAINER_STAGE_CREATED
        || stage == ContainerStage.CONTAINER_STAGE_RUNNING;
  }

  private @Nullable Log find(Entry<ContainerRecord> entry) {
    ContainerRef container = roots.refOf(entry.record());
    Path path = container.logPath();
    Optional<LogWriter> writer = writer(entry.record(), container);
    if (path == null || writer.isEmpty()) {
      return null;
    }
    try {
      Optional<FileStat> directory = At.find(At.CWD, path.resolveSibling("").toString(), true);
      return directory
          .map(stat ->
              new Log(
                  entry,
                  path,
                  stat.dev(),
                  new LogGate(container, writer.get(), path),
                  new LogLoss(path, writer.get())))
          .orElse(null);
    } catch (IOException e) {
      return null; // the next look may find it
    }
  }

  private Optional<LogWriter> writer(ContainerRecord record, ContainerRef container) {
    var config = record.getConfig();
    return handlers
        .get(record.getHandler())
        .logWriter(container, config.getStdin() && config.getStdinOnce());
  }

  private void look(long device, List<Log> itsLogs) {
    LogDisk disk = disks.computeIfAbsent(device, _ -> new LogDisk());
    for (Log log : itsLogs) {
      try {
        disk.look(log.directory(), growing(itsLogs.stream()));
        tell(device, disk, itsLogs);
        return;
      } catch (IOException e) {
        // It has gone with its pod.
        logs.remove(log.container.id());
        log.gate.close();
      }
    }
  }

  private void tell(long device, LogDisk disk, List<Log> itsLogs) {
    if (policy == FullLogDisk.DROP || !disk.tight()) {
      letGo(device); // also what a daemon that was killed has stopped
    } else {
      itsLogs.forEach(log -> log.gate.lookAgain());
      seeTo(device, disk);
    }
    if (disk.full() && full.add(device)) {
      Event.error(
              policy == FullLogDisk.DROP
                  ? "the disk of container logs is full; what containers write now is lost"
                  : "the disk of container logs is full; containers that write more wait")
          .with("directory", disk.directory())
          .with("free_bytes", disk.freeBytes())
          .log();
    }
    if (full.contains(device)) {
      itsLogs.forEach(log -> compare(log, disk.full()));
    }
    if (!disk.full() && full.remove(device)) {
      Event.info("the disk of container logs has room again")
          .with("directory", disk.directory())
          .log();
    }
  }

  private static void compare(Log log, boolean isFull) {
    if (log.loss.begins()) {
      Event.error("output of a container is lost, as the disk of its log is full")
          .with("container", log.container.id())
          .with("log", log.path)
          .log();
    }
    if (!isFull) {
      long lost = log.loss.roomAgain();
      if (lost > 0) {
        Event.warn("the log of a container has a gap")
            .with("container", log.container.id())
            .with("log", log.path)
            .with("lost_bytes_at_least", lost)
            .log();
      }
    }
  }

  /** Every conmon goes on: nobody would see to it any more that it does. */
  @Override
  public void close() {
    closed = true;
    var threads = new ArrayList<>(tenders.values());
    threads.add(thread);
    threads.forEach(LockSupport::unpark);
    try {
      for (Thread each : threads) {
        each.join(PATIENCE); // or it might stop one again
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    logs.values().forEach(log -> log.gate.close());
  }
}
