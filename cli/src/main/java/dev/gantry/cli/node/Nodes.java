package dev.gantry.cli.node;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds the node that commands of pods are about: the one that {@code GANTRY_NODE} names, else the
 * machine's own, else the one that {@code gantry up} has started.
 */
public final class Nodes {
  /** Where {@code gantry node} listens unless told otherwise. */
  private static final Path DEFAULT = Path.of("/run/gantry/node.sock");

  private Nodes() {}

  /** Where the node of {@code gantry up} lives. */
  public static Places background() {
    return Places.BACKGROUND_NODE;
  }

  /** The socket of a background node. */
  public static Path socket(Places places) {
    return places.state().resolve("node.sock");
  }

  /** The node that runs, if one does. */
  public static Optional<NodeClient> running(Session session) {
    String named = session.environment("GANTRY_NODE");
    List<Path> candidates =
        named != null && !named.isEmpty()
            ? List.of(Path.of(named))
            : List.of(DEFAULT, socket(background()));
    return candidates.stream().map(NodeClient::new).filter(NodeClient::answers).findFirst();
  }

  /** The node that runs. */
  public static NodeClient require(Session session) {
    return running(session)
        .orElseThrow(() ->
            CliFailure.of("no node runs").advise("start one: gantry up FILE, or gantry node"));
  }

  /** The node that runs, or one that is started now and goes on without us. */
  public static NodeClient start(Session session) {
    Optional<NodeClient> running = running(session);
    if (running.isPresent()) {
      return running.get();
    }
    String named = session.environment("GANTRY_NODE");
    if (named != null && !named.isEmpty()) {
      throw CliFailure.of("no node answers at " + named + ", which GANTRY_NODE names");
    }
    PrivateDaemon node = PrivateDaemon.node(session, background());
    node.start();
    NodeClient client = new NodeClient(socket(background()));
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!client.answers()) {
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
