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
    for (OptionPair option : OptionPair.of(args)) {
      switch (option.name()) {
        case "--mebibytes" -> mebibytes = option.number(1);
        case "--rounds" -> rounds = option.number(1);
        case "--execs" -> execs = option.number(1);
        case "--json" -> json = option.path();
        default -> throw option.unknown();
      }
    }
    return new StreamOptions(mebibytes, rounds, execs, json);
  }
}
