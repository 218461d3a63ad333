package dev.gantry.cli.e2e;

import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Debian's containerd with runc and the CNI bridge, on directories of its own. */
public final class ContainerdFixture implements RuntimeFixture {
  private static final String PAUSE = "test.example/pause:1";

  private final TestDirs dirs;
  private final Path config;
  private final Path socket;
  private final String bridge = TestNames.link();
  private final String cgroup = TestNames.cgroup();
  private @Nullable Process process;

  public ContainerdFixture(TestDirs dirs) throws IOException {
    this.dirs = dirs;
    this.socket = dirs.dir("k").resolve("c.sock");
    Files.writeString(dirs.dir("cni").resolve("10-test.conflist"), network());
    this.config = Files.writeString(dirs.path("containerd.toml"), configuration());
  }

  private String network() {
    return """
    {"cniVersion": "0.4.0", "name": "%s", "plugins": [
      {"type": "bridge", "bridge": "%s", "isGateway": true, "hairpinMode": true,
       "ipam": {"type": "host-local", "dataDir": "%s",
                "ranges": [[{"subnet": "%s"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
      {"type": "portmap", "capabilities": {"portMappings": true}}]}
    """
        .formatted(bridge, bridge, dirs.path("leases"), TestNames.subnet());
  }

  private String configuration() {
    return """
    version = 2
    root = "%s"
    state = "%s"
    [grpc]
    address = "%s"
    [plugins."io.containerd.internal.v1.opt"]
    path = "%s"
    [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "%s"
    # This may have been started without CAP_SYS_RESOURCE.
    restrict_oom_score_adj = true
    netns_mounts_under_state_dir = true
    [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "%s"
    """
        .formatted(dirs.root(), dirs.state(), socket, dirs.dir("opt"), PAUSE, dirs.dir("cni"));
  }

  @Override
  public String endpoint() {
    return "unix://" + socket;
  }

  @Override
  public String handler() {
    return "runc";
  }

  @Override
  public String cgroup() {
    return cgroup;
  }

  @Override
  public void start() throws IOException {
    Path log = dirs.path("containerd.log");
    process =
        new ProcessBuilder("/usr/bin/containerd", "--config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    Processes.awaitRuntime(endpoint(), process, log);
  }

  @Override
  public void kill() {
    Processes.kill(process);
    process = null;
  }

  @Override
  public String log() {
    return Processes.tail(dirs.path("containerd.log"));
  }

  @Override
  public void load(Map<String, TestImage> images) throws IOException {
    Map<String, TestImage> all = new LinkedHashMap<>(images);
    // What keeps a pod's namespaces open: any program that does nothing.
    all.put(PAUSE, TestImage.busyboxBuilder().cmd("sleep", "1000000").build());
    Path tar = dirs.path("images.tar");
    ImageArchive.ociLayout(tar, new LinkedHashMap<>(all));
    load(tar);
  }

  /** Puts the images of an archive into its store. */
  public void load(Path tar) throws IOException {
    Processes.run(
        "ctr", "-a", socket.toString(), "-n", "k8s.io", "images", "import", tar.toString());
  }

  @Override
  public void close() {
    kill();
    try {
      Processes.run("ip", "link", "delete", bridge);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
