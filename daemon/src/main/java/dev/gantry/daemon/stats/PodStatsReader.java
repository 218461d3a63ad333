package dev.gantry.daemon.stats;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.IoUsage;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.NetworkInterfaceUsage;
import dev.gantry.cri.v1.NetworkUsage;
import dev.gantry.cri.v1.PodSandboxAttributes;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.pod.SandboxCgroup;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.net.LinkStats;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads a pod's statistics: its control group, the links of its network namespace, and those of its
 * running containers. Of a pod that has no control group of its own they are its containers' sums.
 */
public final class PodStatsReader {
  private final UsageReader usage;
  private final PodLinks links;
  private final RecordStore<ContainerRecord> containers;
  private final ContainerStatsReader containerStats;

  public PodStatsReader(
      UsageReader usage,
      PodLinks links,
      RecordStore<ContainerRecord> containers,
      ContainerStatsReader containerStats) {
    this.usage = usage;
    this.links = links;
    this.containers = containers;
    this.containerStats = containerStats;
  }

  /** Whether the pod has a control group to read. */
  public static boolean runs(PodRecord pod) {
    return pod.getState() == PodState.POD_STATE_READY;
  }

  /**
   * To be called before {@link #read} is, once for however many.
   *
   * @param wanted the ids of the pods that will be read
   */
  public void prepare(Set<String> wanted) {
    containerStats.prepare(container -> wanted.contains(container.getPodId()));
  }

  /** The statistics of a pod; of one that is stopped, only which one it is. */
  public PodSandboxStats read(PodRecord pod) throws IOException {
    var stats =
        PodSandboxStats.newBuilder()
            .setAttributes(
                PodSandboxAttributes.newBuilder()
                    .setId(pod.getId())
                    .setMetadata(pod.getConfig().getMetadata())
                    .putAllLabels(pod.getConfig().getLabelsMap())
                    .putAllAnnotations(pod.getConfig().getAnnotationsMap()));
    // The kubelet ends in a panic where there is none, or a network without a default interface.
    var linux = LinuxPodSandboxStats.newBuilder();
    if (!runs(pod)) {
      usage.forget(pod.getId());
      links.forget(pod.getId());
      return stats.setLinux(linux).build();
    }
    List<ContainerStats> all = containersOf(pod);
    linux.addAllContainers(all);
    if (SandboxCgroup.isShared(pod)) {
      linux.setCpu(ContainerSums.cpu(all)).setMemory(ContainerSums.memory(all));
    } else {
      addUsage(linux, usage.read(pod.getId(), pod.getCgroupParent()));
    }
    List<LinkStats> podLinks = links.of(pod);
    if (!podLinks.isEmpty()) {
      linux.setNetwork(network(podLinks));
    }
    return stats.setLinux(linux).build();
  }

  private static void addUsage(LinuxPodSandboxStats.Builder linux, Usage now) {
    linux.setCpu(now.cpu()).setMemory(now.memory()).setProcess(now.processes());
    IoUsage io = now.io();
    if (io != null) {
      linux.setIo(io);
    }
  }

  private List<ContainerStats> containersOf(PodRecord pod) {
    var all = new ArrayList<ContainerStats>();
    for (var entry : containers.all()) {
      ContainerRecord container = entry.record();
      if (container.getPodId().equals(pod.getId()) && ContainerStatsReader.runs(container)) {
        try {
          all.add(containerStats.read(container));
        } catch (IOException e) {
          // It has ended just now.
          Event.debug("no statistics").with("container", container.getId()).because(e).log();
        }
      }
    }
    return all;
  }

  private static NetworkUsage network(List<LinkStats> links) {
    var network = NetworkUsage.newBuilder().setTimestamp(Clock.now());
    network.setDefaultInterface(usage(links.getFirst()));
    links.stream().skip(1).forEach(link -> network.addInterfaces(usage(link)));
    return network.build();
  }

  private static NetworkInterfaceUsage usage(LinkStats link) {
    return NetworkInterfaceUsage.newBuilder()
        .setName(link.name())
        .setRxBytes(UsageReader.value(link.rx().bytes()))
        .setRxErrors(UsageReader.value(link.rx().errors()))
        .setTxBytes(UsageReader.value(link.tx().bytes()))
        .setTxErrors(UsageReader.value(link.tx().errors()))
        .build();
  }
}
