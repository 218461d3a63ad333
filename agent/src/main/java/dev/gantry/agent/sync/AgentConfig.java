package dev.gantry.agent.sync;

import dev.gantry.agent.api.Quantity;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an agent is told.
 *
 * @param root where it keeps what survives the machine's restart; below it {@code agent}
 * @param socket where its own API listens
 * @param runtimeEndpoint the CRI runtime
 * @param imageEndpoint the image service, mostly the same
 * @param manifests a directory of static pods
 * @param listen where the read-only API listens, too; a loopback address
 * @param nodeName the node's name
 * @param nodeLabels more labels of the node
 * @param reserved what pods may not have
 * @param podLogs the directory of logs
 * @param cgroupRoot below which kubepods is; {@code /} or {@code /name}
 * @param clusterDns servers for pods; empty means the node's own
 * @param maxPods the most pods
 */
public record AgentConfig(
    Path root,
    Path socket,
    String runtimeEndpoint,
    String imageEndpoint,
    Optional<Path> manifests,
    Optional<InetSocketAddress> listen,
    String nodeName,
    Map<String, String> nodeLabels,
    Map<String, Quantity> reserved,
    Path podLogs,
    String cgroupRoot,
    List<String> clusterDns,
    int maxPods) {
  public AgentConfig {
    nodeLabels = Map.copyOf(nodeLabels);
    reserved = Map.copyOf(reserved);
    clusterDns = List.copyOf(clusterDns);
    listen.ifPresent(AgentConfig::loopbackOnly);
    if (!cgroupRoot.startsWith("/")) {
      throw new IllegalArgumentException("cgroup root " + cgroupRoot + ": not an absolute path");
    }
    if (maxPods < 1) {
      throw new IllegalArgumentException("max pods " + maxPods + ": at least one");
    }
  }

  private static void loopbackOnly(InetSocketAddress address) {
    if (address.getAddress() == null || !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "listen " + address + ": the API has no login, so only loopback addresses are allowed");
    }
  }

  /** Where everything of the agent is. */
  public Path directory() {
    return root.resolve("agent");
  }
}
