package dev.gantry.daemon.stats;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.container.GuestUsage;
import dev.gantry.container.RuntimeFailure;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.IoUsage;
import dev.gantry.cri.v1.SwapUsage;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.daemon.store.Entry;
import dev.gantry.linux.cgroup.CgroupStats;
import java.io.IOException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads a container's statistics: cgroup counters now, its writable layer as last measured. */
public final class ContainerStatsReader {
  private final UsageReader usage;
  private final WritableLayers layers;
  private final ContainerRoots roots;
  private final Handlers handlers;
  private final GuestFigures guests = new GuestFigures(this::askSandbox);

  public ContainerStatsReader(
      UsageReader usage, WritableLayers layers, ContainerRoots roots, Handlers handlers) {
    this.usage = usage;
    this.layers = layers;
    this.roots = roots;
    this.handlers = handlers;
  }

  /** Whether the container has a control group to read. */
  public static boolean runs(ContainerRecord container) {
    return container.getStage() == ContainerStage.CONTAINER_STAGE_RUNNING;
  }

  /**
   * To be called before {@link #read} is, once for however many.
   *
   * @param wanted which containers will be read
   */
  public void prepare(Predicate<ContainerRecord> wanted) {
    layers.wanted();
    guests.ask(
        roots.store().all().stream()
            .map(Entry::record)
            .filter(container ->
                runs(container) && wanted.test(container) && guestRuntime(container) != null)
            .map(ContainerRecord::getPodId)
            .collect(Collectors.toSet()));
  }

  /** Reads the figures of a pod's containers from its sandbox. */
  private void askSandbox(String pod) throws IOException {
    for (Entry<ContainerRecord> entry : roots.store().all()) {
      ContainerRecord container = entry.record();
      ContainerRuntime runtime = guestRuntime(container);
      if (container.getPodId().equals(pod) && runs(container) && runtime != null) {
        try {
          usage.read(
              container.getId(), container.getCgroupPath(), path -> guest(runtime, container));
        } catch (RuntimeFailure e) {
          if (e.kind() == RuntimeFailure.Kind.TIMED_OUT) {
            throw e;
          }
          // It has ended just now.
          Event.debug("no statistics").with("container", container.getId()).because(e).log();
        }
      }
    }
  }

  /** The statistics of a running container; of one that does not run, only what it has written. */
  public ContainerStats read(ContainerRecord container) throws IOException {
    var stats =
        ContainerStats.newBuilder()
            .setAttributes(
                ContainerAttributes.newBuilder()
                    .setId(container.getId())
                    .setMetadata(container.getConfig().getMetadata())
                    .putAllLabels(container.getConfig().getLabelsMap())
                    .putAllAnnotations(container.getConfig().getAnnotationsMap()));
    FilesystemUsage layer = writableLayer(container.getId());
    if (layer != null) {
      stats.setWritableLayer(layer);
    }
    if (!runs(container)) {
      usage.forget(container.getId());
      return stats.build();
    }
    Usage now = usage(container);
    stats.setCpu(now.cpu()).setMemory(now.memory());
    SwapUsage swap = now.swap();
    if (swap != null) {
      stats.setSwap(swap);
    }
    IoUsage io = now.io();
    if (io != null) {
      stats.setIo(io);
    }
    return stats.build();
  }

  /** From its control group, or as the sandbox of its pod has told where that has its processes. */
  Usage usage(ContainerRecord container) throws IOException {
    if (!isGuest(container)) {
      return usage.read(container.getId(), handlers.innerCgroup(container));
    }
    return usage
        .last(container.getId())
        .orElseThrow(() ->
            new IOException(
                "statistics of container "
                    + container.getId()
                    + ": the sandbox of its pod has told none yet"));
  }

  /** Whether the sandbox of its pod has its processes, and not its control group. */
  boolean isGuest(ContainerRecord container) {
    return guestRuntime(container) != null;
  }

  /** The runtime that knows what the container uses; null where its control group does. */
  private @Nullable ContainerRuntime guestRuntime(ContainerRecord container) {
    ContainerRuntime runtime = handlers.known().get(container.getHandler());
    return runtime == null || !runtime.info().features().podSandbox() ? null : runtime;
  }

  private CgroupStats guest(ContainerRuntime runtime, ContainerRecord container)
      throws IOException {
    GuestUsage told = runtime.usage(roots.refOf(container)).orElseThrow();
    return new CgroupStats(
        told.cpuNanos(),
        told.memoryBytes(),
        told.memoryBytes(),
        told.memoryBytes(),
        0,
        0,
        Long.MAX_VALUE,
        -1,
        Long.MAX_VALUE,
        told.processes(),
        0,
        null,
        null,
        null);
  }

  /** Null for a container that is too young to have been measured. */
  private @Nullable FilesystemUsage writableLayer(String id) {
    WritableLayers.Measured last = layers.of(id);
    return last == null
        ? null
        : FilesystemUsage.newBuilder()
            .setTimestamp(Clock.of(last.at()))
            .setFsId(
                FilesystemIdentifier.newBuilder()
                    .setMountpoint(roots.store().directory().toString()))
            .setUsedBytes(UsageReader.value(last.usage().bytes()))
            .setInodesUsed(UsageReader.value(last.usage().inodes()))
            .build();
  }
}
