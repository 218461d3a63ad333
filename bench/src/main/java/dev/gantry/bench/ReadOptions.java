package dev.gantry.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code gantry bench lists} and {@code gantry bench stats}.
 *
 * @param stats whether it is the second
 * @param containers how many run
 * @param perPod in each pod
 * @param seconds how long each way of reading is measured
 * @param json where the figures go as JSON
 */
record ReadOptions(boolean stats, int containers, int perPod, int seconds, @Nullable Path json) {
  /** Reads a command line that begins with {@code lists} or {@code stats}. */
  static ReadOptions parse(List<String> args) {
    boolean stats = args.getFirst().equals("stats");
    int containers = stats ? 200 : 1000;
    int perPod = stats ? 2 : 10;
    int seconds = stats ? 60 : 20;
    Path json = null;
    for (int i = 1; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(args.get(i) + ": not an option, or without its value");
      }
      String value = args.get(i + 1);
      switch (args.get(i)) {
        case "--containers" -> containers = Math.max(1, Integer.parseInt(value));
        case "--per-pod" -> perPod = Math.max(1, Integer.parseInt(value));
        case "--seconds" -> seconds = Math.max(1, Integer.parseInt(value));
        case "--json" -> json = Path.of(value).toAbsolutePath();
        default -> throw new IllegalArgumentException(args.get(i) + ": no such option");
      }
    }
    return new ReadOptions(stats, containers, perPod, seconds, json);
  }
}
