package dev.gantry.daemon.stats;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ContainerMetrics;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.PodSandboxMetrics;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.pod.SandboxCgroup;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupStats;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.linux.net.LinkStats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Metrics of pods and of their running containers under cAdvisor's names, all read anew when they
 * are asked for, but for the writable layers.
 */
public final class MetricsReader {
  private static final List<MetricDescriptor> DESCRIPTORS =
      Arrays.stream(Family.values()).map(Family::descriptor).toList();

  /** The kernel's own, of a container that asks for none. */
  private static final long DEFAULT_CPU_PERIOD = 100_000;

  private static final long DEFAULT_CPU_SHARES = 1024;

  private final CgroupHost host;
  private final PodLinks links;
  private final RecordStore<ContainerRecord> containers;
  private final WritableLayers layers;
  private final Handlers handlers;
  private final ContainerStatsReader stats;
  private final BlockDevices devices = new BlockDevices();

  public MetricsReader(
      CgroupHost host,
      PodLinks links,
      RecordStore<ContainerRecord> containers,
      WritableLayers layers,
      Handlers handlers,
      ContainerStatsReader stats) {
    this.host = host;
    this.links = links;
    this.containers = containers;
    this.layers = layers;
    this.handlers = handlers;
    this.stats = stats;
  }

  /** What there is to measure, always the same. */
  public static List<MetricDescriptor> descriptors() {
    return DESCRIPTORS;
  }

  /** To be called before {@link #read} is, once for however many. */
  public void prepare() {
    stats.prepare(_ -> true);
  }

  /** The metrics of a ready pod; of its control group none where that is not the pod's own. */
  public PodSandboxMetrics read(PodRecord pod) throws IOException {
    var metadata = pod.getConfig().getMetadata();
    var list =
        new MetricList(
            new MetricList.Owner(
                "", pod.getCgroupParent(), "", "", metadata.getNamespace(), metadata.getName()),
            Clock.now());
    list.addSeconds(Family.LAST_SEEN, Clock.now());
    list.addSeconds(Family.START_TIME_SECONDS, pod.getCreatedAt());
    if (!SandboxCgroup.isShared(pod)) {
      CgroupMetrics.add(list, Cgroup.of(host, pod.getCgroupParent()).details(), devices);
    }
    links.of(pod).forEach(link -> network(list, link));
    var metrics =
        PodSandboxMetrics.newBuilder().setPodSandboxId(pod.getId()).addAllMetrics(list.all());
    for (Entry<ContainerRecord> entry : containers.all()) {
      ContainerRecord container = entry.record();
      if (container.getPodId().equals(pod.getId()) && ContainerStatsReader.runs(container)) {
        try {
          metrics.addContainerMetrics(of(pod, container));
        } catch (IOException e) {
          // It has ended just now.
          Event.debug("no metrics").with("container", container.getId()).because(e).log();
        }
      }
    }
    return metrics.build();
  }

  private ContainerMetrics of(PodRecord pod, ContainerRecord container) throws IOException {
    var list =
        new MetricList(
            new MetricList.Owner(
                container.getConfig().getMetadata().getName(),
                container.getCgroupPath(),
                container.getImageName(),
                container.getId(),
                pod.getConfig().getMetadata().getNamespace(),
                pod.getConfig().getMetadata().getName()),
            Clock.now());
    list.addSeconds(Family.LAST_SEEN, Clock.now());
    list.addSeconds(Family.START_TIME_SECONDS, container.getStartedAt());
    if (stats.isGuest(container)) {
      guest(list, stats.usage(container).cgroup());
    } else {
      Cgroup cgroup = Cgroup.of(host, handlers.innerCgroup(container));
      CgroupMetrics.add(list, cgroup.details(), devices);
      processes(list, cgroup, container.getInitPid());
    }
    limits(list, container.getResources());
    disk(list, container.getId());
    return ContainerMetrics.newBuilder()
        .setContainerId(container.getId())
        .addAllMetrics(list.all())
        .build();
  }

  /** All that a pod's sandbox tells of a container. */
  private static void guest(MetricList list, CgroupStats told) {
    list.addSeconds(Family.CPU_USAGE_SECONDS_TOTAL, told.cpuUsageNanos(), "total")
        .add(Family.MEMORY_USAGE_BYTES, told.memoryUsageBytes())
        .add(Family.MEMORY_WORKING_SET_BYTES, told.workingSetBytes())
        .add(Family.PROCESSES, told.pidsCurrent());
  }

  private static void limits(MetricList list, LinuxContainerResources resources) {
    list.add(Family.SPEC_CPU_PERIOD, or(resources.getCpuPeriod(), DEFAULT_CPU_PERIOD))
        .add(Family.SPEC_CPU_SHARES, or(resources.getCpuShares(), DEFAULT_CPU_SHARES))
        .add(Family.SPEC_MEMORY_LIMIT_BYTES, Math.max(0, resources.getMemoryLimitInBytes()))
        .add(Family.SPEC_MEMORY_RESERVATION_LIMIT_BYTES, 0)
        .add(
            Family.SPEC_MEMORY_SWAP_LIMIT_BYTES,
            Math.max(0, resources.getMemorySwapLimitInBytes()));
    // As cAdvisor does: no quota, no metric.
    if (resources.getCpuQuota() > 0) {
      list.add(Family.SPEC_CPU_QUOTA, resources.getCpuQuota());
    }
  }

  private static long or(long value, long otherwise) {
    return value > 0 ? value : otherwise;
  }

  private void disk(MetricList list, String container) throws IOException {
    Path directory = containers.directory();
    String device = devices.holding(directory);
    var fs = DiskUsage.statfs(directory);
    list.add(Family.FS_LIMIT_BYTES, fs.totalBytes(), device)
        .add(Family.FS_INODES_TOTAL, fs.totalInodes(), device)
        .add(Family.FS_INODES_FREE, fs.freeInodes(), device);
    WritableLayers.Measured layer = layers.of(container);
    if (layer != null) {
      list.add(Family.FS_USAGE_BYTES, layer.usage().bytes(), device);
    }
  }

  private static void processes(MetricList list, Cgroup cgroup, int init) throws IOException {
    var pids = cgroup.pids();
    ProcessFiles files = ProcessFiles.of(pids);
    list.add(Family.PROCESSES, pids.size())
        .add(Family.FILE_DESCRIPTORS, files.descriptors())
        .add(Family.SOCKETS, files.sockets());
    ProcessFiles.openFilesLimit(init)
        .ifPresent(limit -> list.add(Family.ULIMITS_SOFT, limit, "max_open_files"));
  }

  private static void network(MetricList list, LinkStats link) {
    String name = link.name();
    list.add(Family.NETWORK_RECEIVE_BYTES_TOTAL, link.rx().bytes(), name)
        .add(Family.NETWORK_RECEIVE_PACKETS_TOTAL, link.rx().packets(), name)
        .add(Family.NETWORK_RECEIVE_ERRORS_TOTAL, link.rx().errors(), name)
        .add(Family.NETWORK_RECEIVE_PACKETS_DROPPED_TOTAL, link.rx().dropped(), name)
        .add(Family.NETWORK_TRANSMIT_BYTES_TOTAL, link.tx().bytes(), name)
        .add(Family.NETWORK_TRANSMIT_PACKETS_TOTAL, link.tx().packets(), name)
        .add(Family.NETWORK_TRANSMIT_ERRORS_TOTAL, link.tx().errors(), name)
        .add(Family.NETWORK_TRANSMIT_PACKETS_DROPPED_TOTAL, link.tx().dropped(), name);
  }
}
