package dev.gantry.cli;

import java.nio.file.Path;
import java.util.List;

/** Runs the benchmarks in this JVM: a class of its own, so that only `gantry bench` loads them. */
final class Benchmarks {
  private Benchmarks() {}

  static int run(String[] args) {
    String home = System.getenv("GANTRY_HOME");
    if (home == null) {
      System.err.println("gantry bench: GANTRY_HOME is not set: run it by bin/gantry");
      return 1;
    }
    return dev.gantry.bench.Main.run(List.of(args), Path.of(home));
  }
}
