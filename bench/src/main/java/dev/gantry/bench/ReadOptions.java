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
    for (OptionPair option : OptionPair.of(args.subList(1, args.size()))) {
      switch (option.name()) {
        case "--containers" -> containers = option.number(1);
        case "--per-pod" -> perPod = option.number(1);
        case "--seconds" -> seconds = option.number(1);
        case "--json" -> json = option.path();
        default -> throw option.unknown();
      }
    }
    return new ReadOptions(stats, containers, perPod, seconds, json);
  }
}
