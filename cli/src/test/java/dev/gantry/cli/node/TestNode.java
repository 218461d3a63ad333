package dev.gantry.cli.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cli.e2e.RuntimeFixture;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestNames;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@code gantry node} on private directories, as a process of its own, with a daemon in it or on
 * another runtime.
 */
final class TestNode implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final TestDirs dirs;
  private final Places places;
  private final InstalledGantry installed;
  private final int port;
  private final @Nullable RuntimeFixture runtime;
  private Process process;

  TestNode(TestDirs dirs) throws IOException {
    this(dirs, null);
  }

  /** One on that runtime, which runs. */
  TestNode(TestDirs dirs, @Nullable RuntimeFixture runtime) throws IOException {
    this.dirs = dirs;
    this.runtime = runtime;
    this.places = new Places(dirs.dir("r"), dirs.dir("s"), TestNames.cgroup());
    this.installed = new InstalledGantry(dirs.dir("home"));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    Files.writeString(places.config(), configuration());
    this.process = started();
  }

  private String configuration() {
    return """
    root = "%s"
    state = "%s"
    listen = "%s"
    cgroup_driver = "cgroupfs"
    cgroup_parent = "%s"
    monitors_cgroup = "%s"
    [network]
    config_dirs = ["%s"]
    default_network = true
    """
        .formatted(
            places.root(),
            places.state(),
            places.endpoint(),
            places.cgroup(),
            places.monitorsCgroup(),
            dirs.path("no-cni"));
  }

  private Process started() throws IOException {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "node",
                "--manifests=" + manifests(),
                "--http",
                "127.0.0.1:" + port,
                "--cgroup-root",
                places.cgroup(),
                "--pod-logs",
                dirs.path("logs").toString(),
                "--node-name",
                "Here",
                "--node-labels=disk=fast"));
    if (runtime == null) {
      flags.addAll(List.of("--config", places.config().toString()));
    } else {
      flags.addAll(List.of("--runtime-endpoint", runtime.endpoint()));
      flags.addAll(List.of("--agent-root", places.root().toString()));
      flags.addAll(List.of("--api", client().socket().toString()));
    }
    Process node = installed.start(dirs.path("node.log"), flags.toArray(String[]::new));
    await().atMost(PATIENCE).until(() -> client().answers() || !node.isAlive());
    assertThat(node.isAlive()).as(Files.readString(dirs.path("node.log"))).isTrue();
    return node;
  }

  /** Starts it again. */
  void start() throws IOException {
    process = started();
  }

  /** Ends its process, as a service manager does; pods go on. */
  void end() {
    process.destroy();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Imports the busybox of this machine under some names. */
  void importImage(String... names) throws IOException {
    for (String name : names) {
      Path archive = dirs.path("image.tar");
      Files.write(archive, ExampleImage.make().archive(name));
      gantry().run("import", "-q", archive.toString()).ok();
    }
  }

  Places places() {
    return places;
  }

  InstalledGantry installed() {
    return installed;
  }

  /** Where static pods are. */
  Path manifests() {
    return dirs.dir("m");
  }

  /** The port of the read-only API. */
  int port() {
    return port;
  }

  NodeClient client() {
    return new NodeClient(places.state().resolve("node.sock"));
  }

  /** Commands about this node. */
  Gantry gantry() {
    Map<String, String> environment = new HashMap<>(installed.environment());
    environment.put("GANTRY_NODE", client().socket().toString());
    return new Gantry(environment);
  }

  /** Ends every pod, then the node, and removes what it took. */
  @Override
  public void close() throws IOException {
    if (!process.isAlive()) {
      start();
    }
    try (Stream<Path> files = Files.list(manifests())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    gantry().line("down --all --force");
    await().atMost(PATIENCE).until(() -> client().pods().isEmpty());
    end();
    PrivateRemains.remove(places);
  }
}
