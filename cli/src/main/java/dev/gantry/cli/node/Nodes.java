package dev.gantry.cli.node;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the node that commands of pods are about: the one that {@code GANTRY_NODE} names, else the
 * machine's own, else the one that {@code gantry up} has started. {@code GANTRY_NODE} is the socket
 * of a node, or a name, with which {@code gantry up} starts a node of that name.
 */
public final class Nodes {
  /** Where {@code gantry node} listens unless told otherwise. */
  private static final Path DEFAULT = Path.of("/run/gantry/node.sock");

  private static final String BACKGROUND = "gantry-node";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,30}");
  private static final Duration START = Duration.ofSeconds(60);

  private Nodes() {}

  private static String chosen(Session session) {
    String named = session.environment("GANTRY_NODE");
    return named == null ? "" : named;
  }

  /** Where a node that {@code gantry up} starts lives; empty when another one is meant. */
  private static Optional<Places> places(Session session) {
    String chosen = chosen(session);
    if (chosen.startsWith("/")) {
      return Optional.empty();
    }
    if (!chosen.isEmpty() && !NAME.matcher(chosen).matches()) {
      throw CliFailure.usage("GANTRY_NODE is " + chosen)
          .advise("it must be the path of a node's socket, or a name such as gantry-node");
    }
    return Optional.of(Places.named(chosen.isEmpty() ? BACKGROUND : chosen));
  }

  /** The node that {@code gantry up} starts, whether it runs or not, if that is the one meant. */
  public static Optional<PrivateDaemon> background(Session session) {
    return places(session).map(places -> PrivateDaemon.node(session, places));
  }

  /** Whether a node is the one that {@code gantry up} has started. */
  public static boolean isBackground(Session session, NodeClient node) {
    return places(session).map(Nodes::socket).filter(node.socket()::equals).isPresent();
  }

  private static Path socket(Places places) {
    return places.state().resolve("node.sock");
  }

  /** The node that runs, if one does. */
  public static Optional<NodeClient> running(Session session) {
    String chosen = chosen(session);
    Optional<Path> background = places(session).map(Nodes::socket);
    List<Path> candidates =
        background.isEmpty()
            ? List.of(Path.of(chosen))
            : chosen.isEmpty() ? List.of(DEFAULT, background.get()) : List.of(background.get());
    return candidates.stream().map(NodeClient::new).filter(NodeClient::answers).findFirst();
  }

  /**
   * The node that runs.
   *
   * @throws CliFailure which says how to start one
   */
  public static NodeClient require(Session session) {
    Optional<NodeClient> running = running(session);
    if (running.isPresent()) {
      return running.get();
    }
    if (chosen(session).startsWith("/")) {
      throw silent(session);
    }
    if (hasRemains(session)) {
      throw CliFailure.of("the node of `gantry up` does not run, as after a restart of the machine")
          .advise("start it with all its pods: " + session.program() + " up");
    }
    throw CliFailure.of("no node runs")
        .advise("start one: " + session.program() + " up FILE, or " + session.program() + " node");
  }

  private static CliFailure silent(Session session) {
    return CliFailure.of("no node answers at " + chosen(session) + ", which GANTRY_NODE names")
        .advise("start it, or unset GANTRY_NODE");
  }

  /** Whether there is, or was, a background node: it can be started again with all its pods. */
  public static boolean hasRemains(Session session) {
    return places(session).map(Places::config).filter(Files::exists).isPresent();
  }

  /** The node that runs, or one that is started now and goes on without us. */
  public static NodeClient start(Session session) {
    Optional<NodeClient> running = running(session);
    if (running.isPresent()) {
      return running.get();
    }
    PrivateDaemon node = background(session).orElseThrow(() -> silent(session));
    node.start();
    NodeClient client = new NodeClient(socket(node.places()));
    long deadline = System.nanoTime() + START.toNanos();
    while (!client.answers()) {
      if (!node.runs()) {
        throw node.failure("start a node: it ended at once");
      }
      if (System.nanoTime() > deadline) {
        throw node.failure("start a node: its API does not answer");
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CliFailure.of("start a node: interrupted", e);
      }
    }
    return client;
  }
}
