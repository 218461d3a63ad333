package dev.gantry.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** How long each step of one pod took, in milliseconds and in the order of the steps. */
final class Timings {
  private final Map<String, Double> steps = new LinkedHashMap<>();

  /** A step that is timed. */
  interface Step<T> {
    T run() throws IOException;
  }

  /** Runs a step and keeps its time; one that fails has none. */
  <T> T time(String name, Step<T> step) throws IOException {
    long start = System.nanoTime();
    T result = step.run();
    put(name, (System.nanoTime() - start) / 1e6);
    return result;
  }

  void put(String name, double millis) {
    steps.put(name, millis);
  }

  /** Adds a step that is the sum of others. */
  void sum(String name, String... parts) {
    double total = 0;
    for (String part : parts) {
      total += steps.getOrDefault(part, 0.0);
    }
    steps.put(name, total);
  }

  Map<String, Double> steps() {
    return steps;
  }
}
