package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The names under which a benchmark uses this machine: directories, cgroups, a bridge. Nothing else
 * uses them, so removing them removes all of it.
 *
 * @param root what is on a disk: images, records, logs
 * @param state what is on a tmpfs: namespaces, mounts, sockets
 * @param name the name of cgroup and CNI network
 */
record Workspace(Path root, Path state, String name) {
  static final Workspace STANDARD =
      new Workspace(Path.of("/var/lib/gantry-bench"), Path.of("/run/gantry-bench"), "gantry-bench");

  private static final String BRIDGE = "gantry-bench0";

  /** In the order of preference; the first that no route of the host covers is taken. */
  private static final List<String> SUBNETS =
      List.of("10.213.0.0/20", "10.87.0.0/20", "172.29.0.0/20", "192.168.208.0/20");

  String cgroup() {
    return "/" + name;
  }

  /** The socket of the daemon that is measured. */
  String endpoint() {
    return "unix://" + socket();
  }

  Path socket() {
    return state.resolve("gantry.sock");
  }

  Path daemonRoot() {
    return root.resolve("daemon");
  }

  Path daemonState() {
    return state.resolve("daemon");
  }

  Path config() {
    return root.resolve("config.toml");
  }

  Path logs() {
    return root.resolve("logs");
  }

  /** The bridge plug-in's configuration, which the floor hands to it. */
  Path pluginConfig() {
    return root.resolve("bridge.json");
  }

  /** Makes directories and configurations, the same network for the daemon and for the floor. */
  void make() throws IOException {
    var passable = PosixFilePermissions.fromString("rwx--x--x");
    Path cni = root.resolve("cni");
    for (Path directory : List.of(root, state, logs(), cni)) {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, passable);
    }
    String plugin = bridgePlugin();
    Files.writeString(
        cni.resolve("10-bench.conflist"),
        """
        {"cniVersion":"1.0.0","name":"%s","plugins":[{%s}]}
        """
            .formatted(name, plugin));
    Files.writeString(
        pluginConfig(),
        """
        {"cniVersion":"1.0.0","name":"%s",%s}
        """
            .formatted(name, plugin));
    Files.writeString(config(), daemonConfig(cni));
  }

  private String bridgePlugin() throws IOException {
    return """
    "type":"bridge","bridge":"%s","isGateway":true,"ipMasq":true,"hairpinMode":true,\
    "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"%s"}]],\
    "routes":[{"dst":"0.0.0.0/0"}]}\
    """
        .formatted(BRIDGE, root.resolve("leases"), freeSubnet());
  }

  private static String freeSubnet() throws IOException {
    String routes = Programs.run(List.of("ip", "-4", "route", "show", "table", "all"));
    for (String subnet : SUBNETS) {
      String host = subnet.substring(0, subnet.indexOf('/'));
      // `match` finds the routes that cover the address; the default route always does.
      String covering = Programs.run(List.of("ip", "-4", "route", "show", "match", host));
      boolean free = covering.lines().allMatch(line -> line.startsWith("default"));
      if (free && !routes.contains(host.substring(0, host.lastIndexOf('.')))) {
        return subnet;
      }
    }
    throw new IOException("the host's routes cover all of " + String.join(", ", SUBNETS));
  }

  private String daemonConfig(Path cni) {
    return """
    root = "%s"
    state = "%s"
    listen = "%s"
    log_format = "text"
    cgroup_driver = "cgroupfs"
    cgroup_parent = "%s"
    monitors_cgroup = "%s-monitors"

    [network]
    config_dirs = ["%s"]
    """
        .formatted(daemonRoot(), daemonState(), endpoint(), cgroup(), cgroup(), cni);
  }

  /** Removes everything of these names, also what a killed benchmark has left. */
  void clean() throws IOException {
    Path directory = Files.createTempDirectory("gantry-bench");
    try {
      Path script = Programs.script("clean.sh", directory);
      Programs.run(
          List.of(
              "bash",
              script.toString(),
              root.toString(),
              state.toString(),
              cgroup(),
              name,
              BRIDGE));
      Files.delete(script);
    } finally {
      Files.deleteIfExists(directory);
    }
  }
}
