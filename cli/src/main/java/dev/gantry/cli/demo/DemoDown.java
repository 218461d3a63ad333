package dev.gantry.cli.demo;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.PodQuery;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cri.v1.PodSandbox;
import java.nio.file.Files;

/** Removes the demo: pods, images, registry, daemon, network, cgroups and directories. */
final class DemoDown {
  private DemoDown() {}

  /** Removes it and says so. */
  static void run(Session session, PrivateDaemon daemon) {
    Places places = daemon.places();
    if (!Files.exists(places.root()) && !Files.exists(places.state())) {
      session.out().println("The demo is not up.");
      return;
    }
    remove(session, daemon);
    session.out().println("The demo is removed: its pod, image, registry, daemon and directories.");
  }

  /** Removes what there is of it, if anything. */
  static void quietly(Session session, PrivateDaemon daemon) {
    Places places = daemon.places();
    if (Files.exists(places.root()) || Files.exists(places.state())) {
      remove(session, daemon);
    }
  }

  private static void remove(Session session, PrivateDaemon daemon) {
    try {
      if (Files.exists(daemon.places().config())) {
        daemon.start(); // one that was killed knows its pods again
        removePods(daemon);
      }
    } catch (CliFailure e) {
      // What is left of the pods goes with the rest.
      session.debug(() -> e.text());
    }
    Registry.stop(daemon.places());
    daemon.stop();
    PrivateRemains.remove(daemon.places());
  }

  private static void removePods(PrivateDaemon daemon) {
    try (CriClient client = daemon.connect()) {
      for (PodSandbox pod : PodQuery.everything("").list(client)) {
        Calls.stopPod(client, pod.getId());
        Calls.removePod(client, pod.getId());
      }
    }
  }
}
