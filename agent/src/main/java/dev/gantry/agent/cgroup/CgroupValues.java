package dev.gantry.agent.cgroup;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.PodResources;
import dev.gantry.linux.cgroup.CgroupLimits;
import java.util.Map;
import java.util.stream.Stream;

/** The limits of a pod's cgroup from its specification; the kubelet's ResourceConfigForPod. */
final class CgroupValues {
  static final long LEAST_SHARES = 2;
  private static final long MOST_SHARES = 262_144;
  private static final long PERIOD_MICROS = 100_000;
  private static final long LEAST_QUOTA = 1_000;

  private CgroupValues() {}

  /** Limits hold only for what every container limits. */
  static CgroupLimits of(Pod pod) {
    PodSpec spec = pod.spec();
    Map<String, Quantity> limits = PodResources.limits(spec);
    CgroupLimits values = CgroupLimits.NONE;
    Quantity cpu = limits.get("cpu");
    Long quota = null;
    if (cpu != null && !cpu.isZero() && limited(spec, "cpu")) {
      quota = Math.max(LEAST_QUOTA, cpu.milliValue() * PERIOD_MICROS / 1000);
    }
    values = values.withCpu(shares(spec), quota, quota == null ? null : PERIOD_MICROS);
    Quantity memory = limits.get("memory");
    if (memory != null && !memory.isZero() && limited(spec, "memory")) {
      values = values.withMemory(memory.value(), null);
    }
    return values;
  }

  static long shares(PodSpec spec) {
    Quantity cpu = PodResources.requests(spec).getOrDefault("cpu", Quantity.ZERO);
    return shares(cpu.milliValue());
  }

  static long shares(long milliCpu) {
    return Math.clamp(milliCpu * 1024 / 1000, LEAST_SHARES, MOST_SHARES);
  }

  private static boolean limited(PodSpec spec, String resource) {
    if (spec.resources() != null && spec.resources().limits().containsKey(resource)) {
      return true;
    }
    Stream<Container> all =
        Stream.concat(spec.containers().stream(), spec.initContainers().stream());
    return all.allMatch(
        c -> !c.resources().limits().getOrDefault(resource, Quantity.ZERO).isZero());
  }
}
