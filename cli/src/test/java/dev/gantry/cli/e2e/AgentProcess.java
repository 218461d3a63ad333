package dev.gantry.cli.e2e;

import dev.gantry.cli.local.InstalledGantry;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.testkit.TestDirs;
import java.io.IOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/** {@code gantry node} on a runtime, as a process that can be killed and started again. */
final class AgentProcess {
  private final TestDirs dirs;
  private final InstalledGantry gantry;
  private final RuntimeFixture runtime;
  final NodeClient node;
  final PodWatch pods;
  private @Nullable Process process;

  AgentProcess(TestDirs dirs, InstalledGantry gantry, RuntimeFixture runtime) {
    this.dirs = dirs;
    this.gantry = gantry;
    this.runtime = runtime;
    this.node = new NodeClient(dirs.dir("k").resolve("n.sock"));
    this.pods = new PodWatch(node, dirs.dir("logs"), this::log);
  }

  /** Starts the agent; returns when its API answers. */
  void start() throws IOException {
    process =
        gantry.start(
            dirs.path("agent.log"),
            "node",
            "--runtime-endpoint",
            runtime.endpoint(),
            "--agent-root",
            dirs.dir("a").toString(),
            "--api",
            node.socket().toString(),
            "--manifests",
            dirs.dir("manifests").toString(),
            "--pod-logs",
            dirs.dir("logs").toString(),
            "--cgroup-root",
            runtime.cgroup(),
            "--node-name",
            "test-node",
            "--node-labels",
            "disk=ssd");
    Process started = process;
    pods.await("the agent answers", () -> node.answers() || !started.isAlive(), this::log);
    if (!started.isAlive()) {
      throw new IOException("the agent ended: " + log());
    }
  }

  /** Kills the agent as a crash would. */
  void kill() {
    Processes.kill(process);
    process = null;
  }

  /** Takes away what it knows of a pod, as a damaged disk does. */
  void loseRecord(String uid) throws IOException {
    Files.delete(dirs.dir("a").resolve("agent/pods").resolve(uid));
  }

  /** Whether a pod has volumes on the disk. */
  boolean hasVolumes(String uid) {
    return Files.exists(dirs.dir("a").resolve("agent/volumes").resolve(uid));
  }

  String log() {
    return Processes.tail(dirs.path("agent.log"));
  }
}
