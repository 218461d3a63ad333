package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Quantity;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What the configurations of pods depend on beside the pods.
 *
 * @param name the node's name
 * @param ips the node's addresses, the first one first
 * @param allocatable what pods may have in all; a container without a limit reads this as its limit
 * @param memoryBytes the memory of the machine
 * @param podLogs the directory of all logs, {@code /var/log/pods}
 * @param seccompProfiles the directory of {@code localhostProfile} names
 * @param resolvConf the node's own
 * @param clusterDns servers for {@code dnsPolicy: ClusterFirst}; none means the node's
 * @param clusterDomain the domain of pods and services, {@code cluster.local}
 * @param cgroupRoot the cgroup below which {@code kubepods} is; {@code /} or {@code /name}
 * @param systemdCgroups whether cgroups are named as systemd slices
 * @param unifiedCgroups whether the hierarchy is cgroup v2
 * @param swapControl whether swap of a cgroup can be limited
 * @param recursiveReadOnlyMounts whether the runtime's default handler can do them
 * @param hugePageSizes as {@code 2MB} and {@code 1GB}
 */
public record NodeFacts(
    String name,
    List<String> ips,
    Map<String, Quantity> allocatable,
    long memoryBytes,
    Path podLogs,
    Path seccompProfiles,
    ResolvConf resolvConf,
    List<String> clusterDns,
    String clusterDomain,
    String cgroupRoot,
    boolean systemdCgroups,
    boolean unifiedCgroups,
    boolean swapControl,
    boolean recursiveReadOnlyMounts,
    List<String> hugePageSizes) {
  public NodeFacts {
    ips = List.copyOf(ips);
    allocatable = Map.copyOf(allocatable);
    clusterDns = List.copyOf(clusterDns);
    hugePageSizes = List.copyOf(hugePageSizes);
  }
}
