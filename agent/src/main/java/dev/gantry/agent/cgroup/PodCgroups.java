package dev.gantry.agent.cgroup;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodQOSClass;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.CgroupNames;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.podspec.Qos;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes and removes the kubepods hierarchy. With the systemd driver systemd owns the slices: their
 * limits are set through it, and a slice goes when nothing is left in it.
 */
public final class PodCgroups {
  private static final String KUBEPODS = "kubepods";
  private static final List<String> CLASSES = List.of("burstable", "besteffort");

  private final CgroupHost host;
  private final NodeFacts node;

  public PodCgroups(CgroupHost host, NodeFacts node) {
    this.host = host;
    this.node = node;
  }

  /** Makes the cgroups that all pods share, with what pods may use in all. */
  public void setUp() throws IOException {
    CgroupLimits all = CgroupLimits.NONE;
    Quantity cpu = node.allocatable().get("cpu");
    Quantity memory = node.allocatable().get("memory");
    if (cpu != null) {
      all = all.withCpu(CgroupValues.shares(cpu.milliValue()), null, null);
    }
    if (memory != null) {
      all = all.withMemory(memory.value(), null);
    }
    make(root(), all);
    for (String name : CLASSES) {
      make(quality(name), CgroupLimits.NONE.withCpu(CgroupValues.LEAST_SHARES, null, null));
    }
  }

  private String root() {
    return CgroupNames.path(node, List.of(KUBEPODS));
  }

  private String quality(String name) {
    return CgroupNames.path(node, List.of(KUBEPODS, name));
  }

  /** Makes a pod's cgroup and sets its limits; one that is there gets them again. */
  public void ensure(Pod pod) throws IOException {
    make(PodConfigs.cgroupParent(pod, node), CgroupValues.of(pod));
  }

  /** Whether a pod's cgroup is there. */
  public boolean exists(Pod pod) {
    return Cgroup.of(host, PodConfigs.cgroupParent(pod, node)).exists();
  }

  /** Gives the burstable pods together as much weight as they ask for. */
  public void weigh(Collection<Pod> pods) throws IOException {
    long shares =
        pods.stream()
            .filter(p -> Qos.of(p.spec()) == PodQOSClass.Burstable)
            .mapToLong(p -> CgroupValues.shares(p.spec()))
            .sum();
    long bounded = Math.clamp(shares, CgroupValues.LEAST_SHARES, 262_144);
    make(quality("burstable"), CgroupLimits.NONE.withCpu(bounded, null, null));
  }

  /** Kills what is left in a pod's cgroup and removes it, whatever class the pod had. */
  public void remove(String uid) throws IOException {
    for (String path : paths(uid)) {
      Cgroup cgroup = Cgroup.of(host, path);
      if (cgroup.exists()) {
        if (node.systemdCgroups()) {
          Slices.stop(path);
        }
        cgroup.kill();
        cgroup.delete();
      }
    }
  }

  /** The uids of pods that have a cgroup. */
  public Set<String> uids() throws IOException {
    Set<String> uids = new HashSet<>();
    for (String parent : List.of(root(), quality("burstable"), quality("besteffort"))) {
      for (Path directory : Cgroup.of(host, parent).directories()) {
        if (Files.isDirectory(directory)) {
          try (var children = Files.newDirectoryStream(directory, Files::isDirectory)) {
            children.forEach(child -> addUid(String.valueOf(child.getFileName()), uids));
          }
        }
      }
    }
    return uids;
  }

  private void addUid(String name, Set<String> uids) {
    if (node.systemdCgroups()) {
      int at = name.lastIndexOf("-pod");
      if (at > 0 && name.endsWith(".slice")) {
        uids.add(name.substring(at + 4, name.length() - ".slice".length()).replace('_', '-'));
      }
    } else if (name.startsWith("pod")) {
      uids.add(name.substring(3));
    }
  }

  /** Where a pod's cgroup may be, whatever its class. */
  List<String> paths(String uid) {
    return List.of(
        CgroupNames.path(node, List.of(KUBEPODS, "pod" + uid)),
        CgroupNames.path(node, List.of(KUBEPODS, "burstable", "pod" + uid)),
        CgroupNames.path(node, List.of(KUBEPODS, "besteffort", "pod" + uid)));
  }

  private void make(String path, CgroupLimits limits) throws IOException {
    if (node.systemdCgroups()) {
      Slices.ensure(path, limits);
      return;
    }
    try {
      Cgroup cgroup = Cgroup.of(host, path);
      cgroup.create();
      cgroup.apply(limits);
    } catch (LinuxException e) {
      throw new IOException("make cgroup " + path + ": " + e.getMessage(), e);
    }
  }
}
