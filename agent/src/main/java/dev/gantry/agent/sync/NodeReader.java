package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Node;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.ResolvConf;
import dev.gantry.agent.runtime.RuntimeFacts;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.net.Link;
import dev.gantry.linux.net.LinkAddress;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads from the machine what it has. */
final class NodeReader {
  private static final Path PROC_MEMORY = Path.of("/proc/meminfo");
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/hugepages");
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  private NodeReader() {}

  static Node node(AgentConfig config) throws IOException {
    Map<String, String> labels = new TreeMap<>();
    String arch = System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64";
    labels.put("kubernetes.io/hostname", config.nodeName());
    labels.put("kubernetes.io/os", "linux");
    labels.put("kubernetes.io/arch", arch);
    labels.put("beta.kubernetes.io/os", "linux");
    labels.put("beta.kubernetes.io/arch", arch);
    labels.putAll(config.nodeLabels());
    Map<String, Quantity> capacity = new TreeMap<>();
    capacity.put("cpu", Quantity.of(Runtime.getRuntime().availableProcessors()));
    capacity.put("memory", Quantity.ofBytes(memory()));
    capacity.put("pods", Quantity.of(config.maxPods()));
    capacity.put(
        "ephemeral-storage", Quantity.ofBytes(Files.getFileStore(config.root()).getTotalSpace()));
    for (Path size : hugePages()) {
      long kib = Long.parseLong(number(String.valueOf(size.getFileName())));
      long count = Long.parseLong(Files.readString(size.resolve("nr_hugepages")).strip());
      capacity.put(
          "hugepages-" + Quantity.ofBytes(kib * 1024), Quantity.ofBytes(kib * 1024 * count));
    }
    return new Node(config.nodeName(), labels, List.of(), capacity, config.reserved());
  }

  static NodeFacts facts(AgentConfig config, Node node, CgroupHost cgroups, RuntimeFacts runtime)
      throws IOException {
    boolean unified = cgroups.mode() == CgroupMode.V2;
    boolean systemd =
        runtime
            .systemdCgroups()
            .orElse(unified && Files.isDirectory(Path.of("/run/systemd/system")));
    return new NodeFacts(
        node.name(),
        addresses(),
        node.allocatable(),
        memory(),
        config.podLogs(),
        config.directory().resolve("seccomp"),
        ResolvConf.read(RESOLV_CONF),
        config.clusterDns(),
        "cluster.local",
        config.cgroupRoot(),
        systemd,
        unified,
        unified,
        runtime.recursiveReadOnlyMounts(),
        hugePages().stream().map(p -> pageSize(String.valueOf(p.getFileName()))).toList());
  }

  private static long memory() throws IOException {
    for (String line : Files.readAllLines(PROC_MEMORY)) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(number(line)) * 1024;
      }
    }
    throw new IOException(PROC_MEMORY + ": no MemTotal");
  }

  private static List<Path> hugePages() throws IOException {
    List<Path> sizes = new ArrayList<>();
    if (Files.isDirectory(HUGE_PAGES)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(HUGE_PAGES, "hugepages-*")) {
        all.forEach(sizes::add);
      }
    }
    return sizes;
  }

  /** {@code hugepages-2048kB} as {@code 2MB}. */
  private static String pageSize(String name) {
    long kib = Long.parseLong(number(name));
    return kib >= 1 << 20 ? (kib >> 20) + "GB" : kib >= 1 << 10 ? (kib >> 10) + "MB" : kib + "KB";
  }

  private static String number(String text) {
    return text.replaceAll("\\D", "");
  }

  /**
   * The addresses by which others reach the node: of the links that lead out, else of any that is
   * not loopback and not a bridge to pods.
   */
  static List<String> addresses() throws IOException {
    Set<String> out = linksOut();
    List<String> ips = addresses(link -> out.contains(link.name()));
    if (ips.isEmpty()) {
      ips = addresses(link -> !link.kind().equals("bridge"));
    }
    return ips.isEmpty() ? List.of("127.0.0.1") : ips;
  }

  /** At most one of each family. */
  private static List<String> addresses(Predicate<Link> wanted) throws IOException {
    Set<Integer> links =
        Links.list().stream()
            .filter(link -> link.up() && wanted.test(link))
            .map(Link::index)
            .collect(Collectors.toSet());
    List<InetAddress> all =
        Links.addresses().stream()
            .filter(own -> links.contains(own.linkIndex()))
            .map(LinkAddress::address)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .toList();
    return Stream.concat(
            all.stream().filter(Inet4Address.class::isInstance).limit(1),
            all.stream().filter(Inet6Address.class::isInstance).limit(1))
        .map(NodeReader::text)
        .toList();
  }

  /** Those of IPv4's default routes: proc(5), of the thread's network as it is. */
  private static Set<String> linksOut() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/net/route")).stream()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(f -> f.length > 7 && f[1].equals("00000000") && f[7].equals("00000000"))
        .map(f -> f[0])
        .collect(Collectors.toSet());
  }

  /** As everybody writes it: the longest run of zeros in an IPv6 address is left out (RFC 5952). */
  static String text(InetAddress address) {
    String text = address.getHostAddress().replaceAll("%.*", "");
    if (address instanceof Inet4Address) {
      return text;
    }
    String[] groups = text.split(":", -1);
    int best = 0;
    int length = 0;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end].equals("0")) {
        end++;
      }
      if (end - i > Math.max(length, 1)) {
        best = i;
        length = end - i;
      }
    }
    if (length == 0) {
      return text;
    }
    List<String> all = List.of(groups);
    return String.join(":", all.subList(0, best))
        + "::"
        + String.join(":", all.subList(best + length, all.size()));
  }
}
