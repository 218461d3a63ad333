package dev.gantry.cli.node;

import dev.gantry.agent.api.Quantity;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The flags of {@code gantry node}: its own, and those of the daemon, which are handed on.
 *
 * @param runtime another runtime, to be used instead of a daemon of our own
 * @param daemon what the daemon is told
 */
record NodeFlags(
    Optional<String> runtime,
    Optional<String> images,
    Optional<Path> root,
    Optional<Path> socket,
    Path manifests,
    Optional<InetSocketAddress> http,
    Optional<String> name,
    Map<String, String> labels,
    Map<String, Quantity> reserved,
    Path podLogs,
    String cgroupRoot,
    List<String> clusterDns,
    int maxPods,
    List<String> daemon) {
  /** Where static pods are looked for unless told otherwise. */
  static final Path MANIFESTS = Path.of("/etc/gantry/manifests");

  static final String HELP =
      """
      Usage: gantry node [flags] [flags of gantry daemon]

        --manifests DIR                run the manifests in this directory (%s)
        --api SOCKET                   where the node's API listens (node.sock in the state directory)
        --http ADDRESS:PORT            also show /pods, /healthz, /metrics and /stats/summary there;
                                       a loopback address
        --node-name NAME               the node's name (the host's name)
        --node-labels KEY=VALUE,…      more labels, for node selectors
        --reserved cpu=…,memory=…      what pods may not have
        --max-pods N                   the most pods (110)
        --pod-logs DIR                 the directory of logs (/var/log/pods)
        --cgroup-root CGROUP           the cgroup that kubepods is made in (/)
        --cluster-dns IP,…             name servers of pods (the node's own)
        --runtime-endpoint ENDPOINT    use this CRI runtime; no daemon is started then
        --image-service-endpoint E     its image service, if that is elsewhere
        --agent-root DIR               where the agent keeps its records (the daemon's root)
      """
          .formatted(MANIFESTS);

  /**
   * Reads flags.
   *
   * @throws IllegalArgumentException that names the flag
   */
  static NodeFlags parse(String[] args) {
    Map<String, String> own = new TreeMap<>();
    List<String> rest = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      String flag = equals < 0 ? args[i] : args[i].substring(0, equals);
      if (!HELP.contains("  " + flag + " ")) {
        rest.add(args[i]);
        continue;
      }
      if (equals < 0 && i + 1 >= args.length) {
        throw new IllegalArgumentException(flag + " needs a value");
      }
      own.put(flag.substring(2), equals < 0 ? args[++i] : args[i].substring(equals + 1));
    }
    return of(own, rest);
  }

  private static NodeFlags of(Map<String, String> own, List<String> rest) {
    Map<String, Quantity> reserved = new TreeMap<>();
    pairs(own, "reserved").forEach((k, v) -> reserved.put(k, quantity(k, v)));
    return new NodeFlags(
        Optional.ofNullable(own.get("runtime-endpoint")),
        Optional.ofNullable(own.get("image-service-endpoint")),
        Optional.ofNullable(own.get("agent-root")).map(Path::of),
        Optional.ofNullable(own.get("api")).map(Path::of),
        Optional.ofNullable(own.get("manifests")).map(Path::of).orElse(MANIFESTS),
        Optional.ofNullable(own.get("http")).map(NodeFlags::address),
        Optional.ofNullable(own.get("node-name")).map(n -> n.toLowerCase(Locale.ROOT)),
        pairs(own, "node-labels"),
        reserved,
        Path.of(own.getOrDefault("pod-logs", "/var/log/pods")),
        own.getOrDefault("cgroup-root", "/"),
        own.containsKey("cluster-dns")
            ? List.of(own.getOrDefault("cluster-dns", "").split(",", -1))
            : List.of(),
        number(own.getOrDefault("max-pods", "110")),
        rest);
  }

  private static Quantity quantity(String name, String value) {
    try {
      return Quantity.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--reserved " + name + "=" + value + ": " + e.getMessage(), e);
    }
  }

  private static int number(String text) {
    if (!text.matches("[1-9]\\d{0,4}")) {
      throw new IllegalArgumentException("--max-pods " + text + ": not a number above 0");
    }
    return Integer.parseInt(text);
  }

  private static Map<String, String> pairs(Map<String, String> own, String flag) {
    Map<String, String> pairs = new TreeMap<>();
    String value = own.getOrDefault(flag, "");
    for (String pair : value.isEmpty() ? new String[0] : value.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("--" + flag + " " + pair + ": not KEY=VALUE");
      }
      pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return pairs;
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || !text.substring(colon + 1).matches("\\d{1,5}")) {
      throw new IllegalArgumentException("--http " + text + ": not ADDRESS:PORT");
    }
    String host = colon == 0 ? "127.0.0.1" : text.substring(0, colon);
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }
}
