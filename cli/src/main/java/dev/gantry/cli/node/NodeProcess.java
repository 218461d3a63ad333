package dev.gantry.cli.node;

import dev.gantry.agent.sync.Agent;
import dev.gantry.agent.sync.AgentConfig;
import dev.gantry.daemon.Daemon;
import dev.gantry.daemon.DaemonCommandLine;
import dev.gantry.daemon.config.ConfigException;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.log.Logging;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * {@code gantry node}: the container runtime and the node agent in one process, until it is told to
 * stop. Pods go on without it.
 */
public final class NodeProcess {
  private static final int USAGE = 2;

  private @Nullable Daemon daemon;
  private @Nullable Agent agent;

  private NodeProcess() {}

  /**
   * Runs the node.
   *
   * @return the exit code: 0 after SIGTERM or SIGINT, 1 when it could not start, 2 for wrong flags
   */
  public static int run(String[] args) {
    if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
      System.out.print(NodeFlags.HELP);
      return 0;
    }
    try {
      NodeFlags flags = NodeFlags.parse(args);
      String[] rest = flags.daemon().toArray(String[]::new);
      if (flags.runtime().isPresent()) {
        if (rest.length > 0) {
          throw new IllegalArgumentException(
              rest[0] + " is for a daemon, but --runtime-endpoint names another runtime");
        }
        Logging.start(LogLevel.INFO, false);
        return new NodeProcess().serve(null, foreign(flags));
      }
      if (flags.images().isPresent()) {
        throw new IllegalArgumentException(
            "--image-service-endpoint is for another runtime: give its --runtime-endpoint, too");
      }
      DaemonConfig config = DaemonCommandLine.load(rest);
      Logging.start(config.logLevel(), config.logJson());
      return new NodeProcess().serve(config, own(flags, config));
    } catch (ConfigException | IllegalArgumentException e) {
      System.err.println("gantry node: " + e.getMessage());
      return USAGE;
    } catch (IOException e) {
      Event.error("the node cannot start").because(e).log();
      return 1;
    }
  }

  private static AgentConfig own(NodeFlags flags, DaemonConfig config) throws IOException {
    String endpoint = "unix://" + config.socket();
    return config(
        flags,
        flags.root().orElse(config.root()),
        flags.socket().orElse(config.state().resolve("node.sock")),
        endpoint,
        endpoint);
  }

  private static AgentConfig foreign(NodeFlags flags) throws IOException {
    String endpoint = flags.runtime().orElseThrow();
    return config(
        flags,
        flags.root().orElse(Path.of("/var/lib/gantry")),
        flags.socket().orElse(Path.of("/run/gantry/node.sock")),
        endpoint,
        flags.images().orElse(endpoint));
  }

  private static AgentConfig config(
      NodeFlags flags, Path root, Path socket, String runtime, String images) throws IOException {
    Files.createDirectories(root);
    return new AgentConfig(
        root,
        socket,
        runtime,
        images,
        Optional.of(flags.manifests()),
        flags.http(),
        flags.name().orElseGet(NodeProcess::hostName),
        flags.labels(),
        flags.reserved(),
        flags.podLogs(),
        flags.cgroupRoot(),
        flags.clusterDns(),
        flags.maxPods());
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException e) {
      return "localhost"; // its own name is in no file: it still has pods
    }
  }

  private int serve(@Nullable DaemonConfig runtime, AgentConfig config) throws IOException {
    var stopped = new CountDownLatch(1);
    boolean started = false;
    try {
      if (runtime != null) {
        daemon = Daemon.start(runtime);
      }
      agent = Agent.start(config);
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  close();
                  stopped.countDown();
                }));
    try {
      stopped.await();
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private void close() {
    if (agent != null) {
      agent.close();
    }
    if (daemon != null) {
      daemon.close();
    }
  }
}
