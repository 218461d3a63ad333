package dev.gantry.container;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupLimits;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Cpu;
import dev.gantry.oci.runtime.HugepageLimit;
import dev.gantry.oci.runtime.LinuxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes the limits of a container by the runtime's own {@code update}, which knows both cgroup
 * versions, systemd, and in which order the kernel takes memory and swap.
 */
final class ContainerUpdate {
  private static final String FILE = "resources.json";

  private final RuntimeCli cli;
  private final RuntimeFlavor flavor;
  private final Cgroup group;
  private final ContainerRef container;

  /**
   * @param group where the container's limits are
   */
  ContainerUpdate(RuntimeCli cli, RuntimeFlavor flavor, Cgroup group, ContainerRef container) {
    this.cli = cli;
    this.flavor = flavor;
    this.group = group;
    this.container = container;
  }

  void run(LinuxResources resources, @Nullable Integer oomScoreAdj) throws RuntimeFailure {
    String what = "update container " + container.id();
    Path file = container.bundle().resolve(FILE);
    try {
      Optional<Cpu> unlimited = unlimitedCpu(resources);
      PrivateFiles.write(
          file,
          OciJson.toJson(
              unlimited
                  .map(cpu -> resources.toBuilder().cpu(withoutQuota(cpu)).build())
                  .orElse(resources)));
      try {
        cli.must(what, "update", "--resources", file.toString(), container.id());
      } finally {
        Files.deleteIfExists(file);
      }
      if (unlimited.isPresent()) {
        group.apply(CgroupLimits.NONE.withCpu(null, -1L, unlimited.get().period()));
      }
      hugepages(resources.hugepageLimits());
      if (oomScoreAdj != null) {
        for (int pid : group.pids()) {
          OomScore.set(pid, oomScoreAdj.toString());
        }
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /**
   * The limits of cpu when its quota is to be lifted, which is ours to do but with runc, which also
   * tells systemd: crun 1.8.1 writes -1 as an unsigned number on version 1, which the kernel
   * refuses, and nothing on version 2.
   */
  private Optional<Cpu> unlimitedCpu(LinuxResources resources) {
    return Optional.ofNullable(resources.cpu())
        .filter(cpu -> flavor != RuntimeFlavor.RUNC && cpu.quota() != null && cpu.quota() < 0);
  }

  /** Nor with its period, which the kernel may refuse beside the old quota. */
  private static Cpu withoutQuota(Cpu cpu) {
    return new Cpu(
        cpu.shares(),
        null,
        cpu.burst(),
        null,
        cpu.realtimeRuntime(),
        cpu.realtimePeriod(),
        cpu.cpus(),
        cpu.mems(),
        cpu.idle());
  }

  /** runc's update passes over them without a word. */
  private void hugepages(List<HugepageLimit> limits) throws IOException {
    if (!limits.isEmpty()) {
      Map<String, Long> bytes = new HashMap<>();
      limits.forEach(limit -> bytes.put(limit.pageSize(), limit.limit()));
      group.apply(CgroupLimits.NONE.withHugepages(bytes));
    }
  }
}
