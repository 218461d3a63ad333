package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** CRI-O, with the programs that it looks for at its start taken from its own directory. */
record Crio(Path program) implements PullPeer {
  @Override
  public String name() {
    return "cri-o";
  }

  @Override
  public List<String> configure(Path root, Path state, String registry) throws IOException {
    Files.writeString(
        root.resolve("registries.conf"),
        "[[registry]]\nlocation = \"" + registry + "\"\ninsecure = true\n");
    Files.writeString(
        root.resolve("policy.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n");
    Path config = root.resolve("crio.conf");
    Files.writeString(
        config,
        """
        [crio]
        root = "%1$s/root"
        runroot = "%2$s/run"
        storage_driver = "overlay"
        log_dir = "%1$s/logs"
        version_file = "%2$s/version"
        version_file_persist = "%1$s/version"
        clean_shutdown_file = "%1$s/clean.shutdown"
        [crio.api]
        listen = "%3$s"
        stream_port = "0"
        [crio.runtime]
        default_runtime = "crun"
        pinns_path = "%4$s/pinns"
        namespaces_dir = "%2$s/ns"
        container_exits_dir = "%2$s/exits"
        container_attach_socket_dir = "%2$s/attach"
        hooks_dir = []
        [crio.runtime.runtimes.crun]
        runtime_path = "/usr/bin/crun"
        runtime_root = "%2$s/crun"
        monitor_path = "/usr/bin/conmon"
        [crio.image]
        signature_policy = "%1$s/policy.json"
        signature_policy_dir = "%1$s/policies"
        [crio.network]
        network_dir = "%1$s/cni"
        plugin_dirs = ["/usr/lib/cni"]
        [crio.nri]
        enable_nri = false
        """
            .formatted(root, state, socket(state), program.getParent()));
    return List.of(
        "--config",
        config.toString(),
        "--config-dir",
        "",
        "--registries-conf",
        root.resolve("registries.conf").toString());
  }

  @Override
  public Path socket(Path state) {
    return state.resolve("crio.sock");
  }
}
