package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import dev.gantry.daemon.Remains;
import dev.gantry.daemon.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;

/** Removes a private daemon's places: everything it took from the machine. */
public final class PrivateRemains {
  private PrivateRemains() {}

  /**
   * Removes mounts, bridge, cgroups with what still runs in them, and directories; idempotent.
   *
   * @throws CliFailure naming what does not go away
   */
  public static void remove(Places places) {
    if (!Files.exists(places.root()) && !Files.exists(places.state())) {
      return;
    }
    try {
      String[] flags = {"--config", places.config().toString()};
      if (Files.exists(places.config())) {
        Remains.remove(dev.gantry.daemon.DaemonCommandLine.load(flags));
      }
    } catch (IOException | ConfigException e) {
      throw CliFailure.of("remove what a daemon left: " + e.getMessage(), e);
    }
  }
}
