package dev.gantry.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code gantry bench node}.
 *
 * @param pods how many manifests
 * @param idleSeconds how long the node at rest is watched
 * @param probeSeconds how often each pod's readiness probe asks; 0 for pods without one
 * @param json where the figures go as JSON
 */
record NodeOptions(int pods, int idleSeconds, int probeSeconds, @Nullable Path json) {
  /** Reads the options that follow {@code node}. */
  static NodeOptions parse(List<String> args) {
    int pods = 100;
    int idle = 60;
    int probe = 0;
    Path json = null;
    for (OptionPair option : OptionPair.of(args)) {
      switch (option.name()) {
        case "--pods" -> pods = option.number(1);
        case "--idle" -> idle = option.number(1);
        case "--probe" -> probe = option.number(0);
        case "--json" -> json = option.path();
        default -> throw option.unknown();
      }
    }
    return new NodeOptions(pods, idle, probe, json);
  }
}
