package dev.gantry.agent.sync;

import dev.gantry.agent.runtime.RuntimeLabels;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.NetworkInterfaceUsage;
import dev.gantry.cri.v1.PodSandboxStats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The kubelet's /stats/summary of what the runtime measured. */
final class StatsSummary {
  private StatsSummary() {}

  static Map<String, Object> of(String node, List<PodSandboxStats> stats) {
    List<Object> pods = new ArrayList<>();
    stats.forEach(s -> pods.add(pod(s)));
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("node", Map.of("nodeName", node));
    summary.put("pods", pods);
    return summary;
  }

  private static Map<String, Object> pod(PodSandboxStats stats) {
    Map<String, String> labels = stats.getAttributes().getLabelsMap();
    LinuxPodSandboxStats linux = stats.getLinux();
    Map<String, Object> reference = new LinkedHashMap<>();
    reference.put("name", labels.getOrDefault(RuntimeLabels.POD_NAME, ""));
    reference.put("namespace", labels.getOrDefault(RuntimeLabels.POD_NAMESPACE, ""));
    reference.put("uid", labels.getOrDefault(RuntimeLabels.POD_UID, ""));
    Map<String, Object> pod = new LinkedHashMap<>();
    pod.put("podRef", reference);
    List<Object> containers = new ArrayList<>();
    linux.getContainersList().forEach(c -> containers.add(container(c)));
    pod.put("containers", containers);
    pod.put("cpu", cpu(linux.getCpu()));
    pod.put("memory", memory(linux.getMemory()));
    if (linux.hasNetwork()) {
      Map<String, Object> network = network(linux.getNetwork().getDefaultInterface());
      network.put("time", time(linux.getNetwork().getTimestamp()));
      pod.put("network", network);
    }
    pod.put(
        "process_stats", Map.of("process_count", linux.getProcess().getProcessCount().getValue()));
    return pod;
  }

  private static Map<String, Object> container(ContainerStats stats) {
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", stats.getAttributes().getMetadata().getName());
    container.put("cpu", cpu(stats.getCpu()));
    container.put("memory", memory(stats.getMemory()));
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("time", time(stats.getWritableLayer().getTimestamp()));
    layer.put("usedBytes", stats.getWritableLayer().getUsedBytes().getValue());
    layer.put("inodesUsed", stats.getWritableLayer().getInodesUsed().getValue());
    container.put("rootfs", layer);
    return container;
  }

  private static Map<String, Object> cpu(CpuUsage usage) {
    Map<String, Object> cpu = new LinkedHashMap<>();
    cpu.put("time", time(usage.getTimestamp()));
    cpu.put("usageNanoCores", usage.getUsageNanoCores().getValue());
    cpu.put("usageCoreNanoSeconds", usage.getUsageCoreNanoSeconds().getValue());
    return cpu;
  }

  private static Map<String, Object> memory(MemoryUsage usage) {
    Map<String, Object> memory = new LinkedHashMap<>();
    memory.put("time", time(usage.getTimestamp()));
    memory.put("availableBytes", usage.getAvailableBytes().getValue());
    memory.put("usageBytes", usage.getUsageBytes().getValue());
    memory.put("workingSetBytes", usage.getWorkingSetBytes().getValue());
    memory.put("rssBytes", usage.getRssBytes().getValue());
    memory.put("pageFaults", usage.getPageFaults().getValue());
    memory.put("majorPageFaults", usage.getMajorPageFaults().getValue());
    return memory;
  }

  private static Map<String, Object> network(NetworkInterfaceUsage usage) {
    Map<String, Object> network = new LinkedHashMap<>();
    network.put("name", usage.getName());
    network.put("rxBytes", usage.getRxBytes().getValue());
    network.put("rxErrors", usage.getRxErrors().getValue());
    network.put("txBytes", usage.getTxBytes().getValue());
    network.put("txErrors", usage.getTxErrors().getValue());
    return network;
  }

  private static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).toString();
  }
}
