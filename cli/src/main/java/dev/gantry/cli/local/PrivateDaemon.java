package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A daemon of one command's own, on private directories, with the built-in bridge as its network:
 * nothing of the machine's configuration, and no other daemon, is touched.
 */
public final class PrivateDaemon {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final int TAIL = 15;

  private final Session session;
  private final Places places;

  private final Map<String, String> environment;
  private final List<String> command;

  public PrivateDaemon(Session session, Places places) {
    this(session, places, Map.of());
  }

  /** One whose process has these variables in its environment besides those of this one. */
  public PrivateDaemon(Session session, Places places, Map<String, String> environment) {
    this(session, places, environment, List.of("daemon"));
  }

  private PrivateDaemon(
      Session session, Places places, Map<String, String> environment, List<String> command) {
    this.session = session;
    this.places = places;
    this.command = List.copyOf(command);
    this.environment = new HashMap<>(environment);
    this.environment.put("JAVA_HOME", System.getProperty("java.home"));
  }

  /** A daemon with the node agent in its process, which stays until it is told to stop. */
  public static PrivateDaemon node(Session session, Places places) {
    return node(session, places, Map.of());
  }

  /** The same with these variables in its environment. */
  public static PrivateDaemon node(
      Session session, Places places, Map<String, String> environment) {
    List<String> command =
        List.of(
            "node",
            "--manifests",
            places.root().resolve("manifests").toString(),
            "--pod-logs",
            places.podLogs().toString(),
            "--cgroup-root",
            places.cgroup());
    return new PrivateDaemon(session, places, environment, command);
  }

  public Places places() {
    return places;
  }

  /**
   * Starts it, unless it runs, and waits for its first answer.
   *
   * @throws CliFailure with the end of the daemon's log
   */
  public void start() {
    if (answers()) {
      return;
    }
    Path program = Installation.program(session);
    prepare();
    ChildProcess process =
        ChildProcess.start(
            "the daemon", arguments(program), environment, places.daemonLog(), record());
    long deadline = System.nanoTime() + START.toNanos();
    while (!Files.exists(places.socket()) || !answers()) {
      if (!process.alive()) {
        throw failure("start a daemon: it ended at once");
      }
      if (System.nanoTime() > deadline) {
        throw failure("start a daemon: no answer within " + START.toSeconds() + " s");
      }
      sleep();
    }
  }

  private List<String> arguments(Path program) {
    List<String> arguments = new ArrayList<>(List.of(program.toString()));
    arguments.addAll(command);
    arguments.addAll(List.of("--config", places.config().toString()));
    return arguments;
  }

  private void prepare() {
    try {
      for (Path directory : List.of(places.root(), places.state())) {
        Files.createDirectories(directory);
        // Processes of containers pass it on their way to their root file systems.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      }
      Files.writeString(places.config(), configuration());
    } catch (IOException e) {
      throw CliFailure.of("start a daemon: " + e, e);
    }
  }

  private String configuration() {
    return """
    # A daemon of `gantry run` or `gantry demo`, which remove it again, or of `gantry up`.
    root = "%s"
    state = "%s"
    listen = "%s"
    log_format = "text"
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
            places.root().resolve("no-cni-configuration"));
  }

  /** Whether it runs and answers. */
  public boolean answers() {
    if (!Files.exists(places.socket())) {
      return false;
    }
    try (CriClient client = connect(ANSWER)) {
      Calls.version(client);
      return true;
    } catch (CliFailure e) {
      session.debug(() -> e.text());
      return false;
    }
  }

  /** A client of this daemon. */
  public CriClient connect() {
    return connect(Duration.ofSeconds(30));
  }

  private CriClient connect(Duration timeout) {
    return CriClient.open(places.endpoint(), places.endpoint(), timeout, session::debug);
  }

  /** Whether its process runs. */
  public boolean runs() {
    return ChildProcess.find("the daemon", record()).isPresent();
  }

  /** Ends the daemon's process; its pods go on. */
  public void stop() {
    ChildProcess.find("the daemon", record()).ifPresent(ChildProcess::stop);
  }

  private Path record() {
    return places.root().resolve("daemon.pid");
  }

  /** A failure that shows the end of the daemon's log. */
  public CliFailure failure(String message) {
    return CliFailure.of(message).advise(logTail().orElse("it wrote no log"));
  }

  /** The end of the daemon's log, if it wrote one. */
  public Optional<String> logTail() {
    return Logfile.tail(places.daemonLog(), TAIL)
        .map(lines -> "the end of " + places.daemonLog() + ":\n" + lines.indent(4).stripTrailing());
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("start a daemon: interrupted", e);
    }
  }
}
