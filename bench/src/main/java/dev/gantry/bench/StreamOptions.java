package dev.gantry.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code gantry bench streams}.
 *
 * @param mebibytes how much is sent there and back
 * @param rounds how often
 * @param execs commands of a round whose latency is measured
 * @param json where the figures go as JSON
 */
record StreamOptions(int mebibytes, int rounds, int execs, @Nullable Path json) {
  /** Reads what follows {@code streams}. */
  static StreamOptions parse(List<String> args) {
    int mebibytes = 1024;
    int rounds = 3;
    int execs = 20;
    Path json = null;
    for (int i = 0; i < args.size(); i += 2) {
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(args.get(i) + ": not an option, or without its value");
      }
      String value = args.get(i + 1);
      switch (args.get(i)) {
        case "--mebibytes" -> mebibytes = Math.max(1, Integer.parseInt(value));
        case "--rounds" -> rounds = Math.max(1, Integer.parseInt(value));
        case "--execs" -> execs = Math.max(1, Integer.parseInt(value));
        case "--json" -> json = Path.of(value).toAbsolutePath();
        default -> throw new IllegalArgumentException(args.get(i) + ": no such option");
      }
    }
    return new StreamOptions(mebibytes, rounds, execs, json);
  }
}
