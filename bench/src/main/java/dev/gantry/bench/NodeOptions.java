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
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(args.get(i) + ": not an option, or without its value");
      }
      String value = args.get(i + 1);
      switch (args.get(i)) {
        case "--pods" -> pods = Math.max(1, Integer.parseInt(value));
        case "--idle" -> idle = Math.max(1, Integer.parseInt(value));
        case "--probe" -> probe = Math.max(0, Integer.parseInt(value));
        case "--json" -> json = Path.of(value).toAbsolutePath();
        default -> throw new IllegalArgumentException(args.get(i) + ": no such option");
      }
    }
    return new NodeOptions(pods, idle, probe, json);
  }
}
