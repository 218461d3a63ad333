package dev.gantry.cli.local;

import dev.gantry.cli.client.Endpoint;
import java.nio.file.Path;

/**
 * Where a private daemon lives: directories and cgroups that nothing else uses, so that removing
 * them removes all of it.
 *
 * @param root images, records, logs; on a disk
 * @param state namespaces, mounts, the socket; on a tmpfs
 * @param cgroup the cgroup of its pods, as {@code /gantry-demo}
 */
public record Places(Path root, Path state, String cgroup) {
  /** Those of the demo. */
  public static final Places DEMO = named("gantry-demo");

  /** Those of a name that may stand in paths. */
  public static Places named(String name) {
    return new Places(Path.of("/var/lib", name), Path.of("/run", name), "/" + name);
  }

  public Path socket() {
    return state.resolve("gantry.sock");
  }

  public Endpoint endpoint() {
    return new Endpoint(socket());
  }

  public Path config() {
    return root.resolve("config.toml");
  }

  /** What the daemon says. */
  public Path daemonLog() {
    return root.resolve("daemon.log");
  }

  /** What containers say. */
  public Path podLogs() {
    return root.resolve("logs");
  }

  /** The cgroup of the processes that watch containers. */
  public String monitorsCgroup() {
    return cgroup + "-monitors";
  }
}
