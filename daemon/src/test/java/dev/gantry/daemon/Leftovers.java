package dev.gantry.daemon;

import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.mount.MountTable;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What pods and containers of a node have left on the machine. What ends by itself, such as a
 * killed process that nobody has waited for yet, gets a while.
 */
final class Leftovers {
  private static final Duration GRACE = Duration.ofSeconds(15);
  private static final long POLL_MILLIS = 50;

  /** Files that the lease plug-in keeps for itself. */
  private static final Set<String> LEASE_BOOKS = Set.of("lock", "last_reserved_ip.0");

  private final Node node;

  Leftovers(Node node) {
    this.node = node;
  }

  List<String> find() {
    long deadline = System.nanoTime() + GRACE.toNanos();
    List<String> left = look();
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return left;
      }
      left = look();
    }
    return left;
  }

  private List<String> look() {
    try {
      var left = new ArrayList<String>();
      for (String dir : List.of("pods", "containers", "networks")) {
        addEntries(left, node.config.root().resolve(dir));
      }
      for (String dir : List.of("pods", "containers", "exits", "consoles")) {
        addEntries(left, node.config.state().resolve(dir));
      }
      addMounts(left);
      addCgroups(left);
      addProcesses(left);
      if (node.config.network().defaultNetwork()) {
        addNetwork(left);
      }
      return left;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void addEntries(List<String> left, Path dir) throws IOException {
    for (Path entry : entries(dir)) {
      left.add("file " + entry);
    }
  }

  private static List<Path> entries(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.sorted().toList();
    }
  }

  private void addMounts(List<String> left) throws IOException {
    // The root of the inits is no pod's but the daemon's.
    MountTable.under(node.dirs.base()).stream()
        .filter(mount -> !mount.target().startsWith(node.config.state().resolve("init")))
        .forEach(mount -> left.add("mount " + mount.target()));
  }

  private void addCgroups(List<String> left) throws IOException {
    var tops = new TreeSet<Path>(CgroupHost.detect().v1().values());
    Path unified = CgroupHost.detect().unified();
    if (unified != null) {
      tops.add(unified);
    }
    // The two cgroups at the top are the daemon's own.
    for (Path top : tops) {
      for (String own : List.of(node.config.cgroupParent(), node.config.monitorsCgroup())) {
        for (Path below : entries(top.resolve(own.substring(1)))) {
          if (Files.isDirectory(below)) {
            left.add("cgroup " + below);
          }
        }
      }
    }
  }

  /** Processes that name one of the node's directories, other than its daemon. */
  private void addProcesses(List<String> left) throws IOException {
    String base = node.dirs.base() + "/";
    for (Path proc : entries(Path.of("/proc"))) {
      if (proc.getFileName().toString().matches("\\d+")) {
        String command = commandLine(proc);
        String cgroup = text(proc.resolve("cgroup"));
        boolean ours = command.contains(base) && !command.contains(DaemonMain.class.getName());
        if (ours || cgroup.contains(node.config.cgroupParent() + "/")) {
          left.add("process " + proc.getFileName() + " " + command);
        }
      }
    }
  }

  private static String commandLine(Path proc) {
    return text(proc.resolve("cmdline")).replace('\0', ' ').strip();
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // the process has ended
    }
  }

  private void addNetwork(List<String> left) throws IOException {
    Path ports = Path.of("/sys/class/net", node.bridge().bridgeName(), "brif");
    for (Path port : entries(ports)) {
      left.add("interface " + port.getFileName());
    }
    String network = node.bridge().networkName();
    for (Path lease :
        entries(node.config.state().resolve("network").resolve("leases").resolve(network))) {
      if (!LEASE_BOOKS.contains(lease.getFileName().toString())) {
        left.add("lease " + lease.getFileName());
      }
    }
    for (String rule : podRules(network)) {
      left.add("rule " + rule);
    }
  }

  /** The rules with a comment that names the network and a pod's id, as the plug-ins write it. */
  private static List<String> podRules(String network) throws IOException {
    String rules =
        new String(
            Spawn.of("iptables-save").run(Duration.ofSeconds(60), 64 << 20).stdout(),
            StandardCharsets.UTF_8);
    return rules.lines().filter(line -> line.contains(network) && line.contains("id:")).toList();
  }
}
