package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Requests and limits as what the kernel is told. */
final class LinuxResources {
  private static final String HUGE_PAGES = "hugepages-";

  private LinuxResources() {}

  /** Those of a container. */
  static LinuxContainerResources of(PodSpec spec, Container container, NodeFacts node) {
    Map<String, Quantity> requests = container.resources().requests();
    LinuxContainerResources.Builder resources =
        basic(
            requests.get("cpu"),
            limit(spec, container, "cpu"),
            limit(spec, container, "memory"),
            node);
    resources.setOomScoreAdj(OomScore.of(spec, container, node.memoryBytes()));
    addHugePages(resources, spec, container, node);
    if (node.swapControl()) {
      // Containers get no swap. Hierarchy v1 counts memory and swap together.
      if (node.unifiedCgroups()) {
        resources.putUnified("memory.swap.max", "0");
      } else {
        resources.setMemorySwapLimitInBytes(resources.getMemoryLimitInBytes());
      }
    }
    return resources.build();
  }

  /** Those of all containers of a pod together. */
  static LinuxContainerResources ofPod(PodSpec spec, NodeFacts node) {
    Map<String, Quantity> limits = PodResources.limitsWithoutOverhead(spec);
    return basic(
            PodResources.requestsWithoutOverhead(spec).get("cpu"),
            limits.getOrDefault("cpu", Quantity.ZERO),
            limits.getOrDefault("memory", Quantity.ZERO),
            node)
        .build();
  }

  /** Those that a pod has beside its containers. */
  static LinuxContainerResources ofOverhead(PodSpec spec, NodeFacts node) {
    if (spec.overhead().isEmpty()) {
      return LinuxContainerResources.getDefaultInstance();
    }
    Quantity cpu = spec.overhead().getOrDefault("cpu", Quantity.ZERO);
    return basic(cpu, cpu, spec.overhead().getOrDefault("memory", Quantity.ZERO), node).build();
  }

  private static LinuxContainerResources.Builder basic(
      @Nullable Quantity cpuRequest, Quantity cpuLimit, Quantity memoryLimit, NodeFacts node) {
    Quantity request = cpuRequest == null ? cpuLimit : cpuRequest;
    LinuxContainerResources.Builder resources =
        LinuxContainerResources.newBuilder()
            .setCpuShares(CpuShares.ofRequest(request.milliValue()))
            .setCpuPeriod(CpuShares.PERIOD)
            .setCpuQuota(CpuShares.quota(cpuLimit.milliValue()))
            .setMemoryLimitInBytes(memoryLimit.value());
    if (node.unifiedCgroups()) {
      // When one process of a container runs out of memory, all of them are killed.
      resources.putUnified("memory.oom.group", "1");
    }
    return resources;
  }

  /** A container without a limit of its own has that of its pod. */
  private static Quantity limit(PodSpec spec, Container container, String name) {
    Quantity own = container.resources().limits().getOrDefault(name, Quantity.ZERO);
    return own.isZero() && spec.resources() != null
        ? spec.resources().limits().getOrDefault(name, Quantity.ZERO)
        : own;
  }

  /** Every size that the node has is limited: to nothing unless the container asks for it. */
  private static void addHugePages(
      LinuxContainerResources.Builder resources,
      PodSpec spec,
      Container container,
      NodeFacts node) {
    Map<String, Long> wanted = new TreeMap<>();
    if (spec.resources() != null) {
      addHugePages(wanted, spec.resources().limits());
    }
    addHugePages(wanted, container.resources().limits());
    for (String size : node.hugePageSizes()) {
      resources.addHugepageLimits(
          HugepageLimit.newBuilder().setPageSize(size).setLimit(wanted.getOrDefault(size, 0L)));
    }
  }

  private static void addHugePages(Map<String, Long> wanted, Map<String, Quantity> limits) {
    limits.forEach((name, amount) -> {
      if (name.startsWith(HUGE_PAGES)) {
        long size = Quantity.parse(name.substring(HUGE_PAGES.length())).value();
        wanted.put(pageSize(size), amount.value());
      }
    });
  }

  /** As the kernel's cgroup files are named: 2MB, 1GB. */
  private static String pageSize(long bytes) {
    String[] units = {"B", "KB", "MB", "GB", "TB"};
    long size = bytes;
    int unit = 0;
    while (size >= 1024 && size % 1024 == 0 && unit < units.length - 1) {
      size /= 1024;
      unit++;
    }
    return size + units[unit];
  }
}
