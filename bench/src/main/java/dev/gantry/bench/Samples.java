package dev.gantry.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All measurements of one contender, by step. Safe for use by several threads. */
final class Samples {
  private final Map<String, List<Double>> steps = new LinkedHashMap<>();

  synchronized void add(String step, double value) {
    steps.computeIfAbsent(step, s -> new ArrayList<>()).add(value);
  }

  synchronized void add(Timings timings) {
    timings.steps().forEach(this::add);
  }

  /** The steps in the order in which they were first seen. */
  synchronized Set<String> steps() {
    return Collections.unmodifiableSet(new java.util.LinkedHashSet<>(steps.keySet()));
  }

  synchronized boolean has(String step) {
    return steps.containsKey(step);
  }

  /** The measurements of a step in the order in which they were taken. */
  synchronized List<Double> of(String step) {
    return List.copyOf(steps.getOrDefault(step, List.of()));
  }

  Summary summary(String step) {
    return Summary.of(of(step));
  }
}
