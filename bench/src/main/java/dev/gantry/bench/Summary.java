package dev.gantry.bench;

import java.util.Arrays;
import java.util.Collection;

/** What many measurements of one thing come to; percentiles are of the nearest rank. */
record Summary(int count, double median, double p90, double p99, double least, double most) {
  static Summary of(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Summary(
        sorted.length,
        median(sorted),
        rank(sorted, 90),
        rank(sorted, 99),
        sorted[0],
        sorted[sorted.length - 1]);
  }

  /** The middle of a few values. */
  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static double rank(double[] sorted, int percent) {
    int rank = (int) Math.ceil(sorted.length * percent / 100.0);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
  }
}
