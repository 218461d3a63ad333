package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Node;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.ResolvConf;
import dev.gantry.agent.runtime.RuntimeFacts;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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

  /** The addresses by which others reach the node: not loopback, not those of bridges to pods. */
  private static List<String> addresses() throws IOException {
    List<String> four = new ArrayList<>();
    List<String> six = new ArrayList<>();
    for (NetworkInterface link : NetworkInterface.networkInterfaces().toList()) {
      if (!link.isUp() || link.isLoopback() || Files.isDirectory(bridge(link.getName()))) {
        continue;
      }
      for (InetAddress address : link.inetAddresses().toList()) {
        if (!address.isLinkLocalAddress()) {
          String text = text(address);
          (address instanceof Inet4Address ? four : six).add(text);
        }
      }
    }
    List<String> ips = new ArrayList<>();
    four.stream().findFirst().ifPresent(ips::add);
    six.stream().findFirst().ifPresent(ips::add);
    return ips.isEmpty() ? List.of("127.0.0.1") : ips;
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

  private static Path bridge(String link) {
    return Path.of("/sys/class/net", link, "bridge");
  }
}
