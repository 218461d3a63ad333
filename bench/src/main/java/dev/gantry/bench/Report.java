package dev.gantry.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prints what was measured as it comes in, and keeps it for the JSON file. */
final class Report {
  private final PrintStream out;
  private final Map<String, Object> content = new LinkedHashMap<>();

  Report(PrintStream out) {
    this.out = out;
  }

  /** Keeps a fact and prints it. */
  void fact(String name, Object value) {
    content.put(name, value);
    out.println(name + ": " + value);
  }

  /**
   * Prints the medians of contenders: those with the same steps in one table.
   *
   * @param key its name in the JSON file
   * @param unit of the figures
   */
  void section(String key, String title, String unit, Map<String, Samples> contenders) {
    out.println();
    out.println(title + " (median " + unit + ")");
    Map<List<String>, Map<String, Samples>> alike = new LinkedHashMap<>();
    contenders.forEach((name, samples) ->
        alike
            .computeIfAbsent(List.copyOf(samples.steps()), s -> new LinkedHashMap<>())
            .put(name, samples));
    alike.forEach((steps, group) -> out.print(table(steps, group).text()));
    Map<String, Object> section = new LinkedHashMap<>();
    section.put("unit", unit);
    contenders.forEach((name, samples) -> {
      Map<String, Object> figures = new LinkedHashMap<>();
      samples.steps().forEach(step -> figures.put(step, samples.summary(step)));
      section.put(name, figures);
    });
    content.put(key, section);
  }

  /** Prints median, percentiles and the longest of every step. */
  void percentiles(String key, String title, Map<String, Samples> figures) {
    out.println();
    out.println(title + " (ms)");
    Table table = new Table(List.of("", "n", "median", "p90", "p99", "most"));
    Map<String, Object> section = new LinkedHashMap<>();
    figures.forEach((name, samples) -> {
      Map<String, Object> steps = new LinkedHashMap<>();
      for (String step : samples.steps()) {
        Summary summary = samples.summary(step);
        steps.put(step, summary);
        table.row(
            List.of(
                step + ", " + name,
                String.valueOf(summary.count()),
                Table.figure(summary.median()),
                Table.figure(summary.p90()),
                Table.figure(summary.p99()),
                Table.figure(summary.most())));
      }
      section.put(name, steps);
    });
    out.print(table.text());
    content.put(key, section);
  }

  /** A sum has its 90th and 99th percentile beside it. */
  private static Table table(List<String> steps, Map<String, Samples> group) {
    List<String> head = new ArrayList<>(List.of("", "n"));
    for (String step : steps) {
      head.add(step);
      if (isSum(step)) {
        head.addAll(List.of("p90", "p99"));
      }
    }
    Table table = new Table(head);
    group.forEach((name, samples) -> {
      List<String> row = new ArrayList<>();
      row.add(name);
      row.add(String.valueOf(samples.summary(steps.getFirst()).count()));
      for (String step : steps) {
        Summary summary = samples.summary(step);
        row.add(Table.figure(summary.median()));
        if (isSum(step)) {
          row.add(Table.figure(summary.p90()));
          row.add(Table.figure(summary.p99()));
        }
      }
      table.row(row);
    });
    return table;
  }

  private static boolean isSum(String step) {
    return step.equals(Contender.POD_START) || step.equals(Contender.POD_END);
  }

  /**
   * Prints how much longer one contender takes than another: the ratio of the medians, and the
   * median of the ratios by round, which does not feel the machine's drift.
   */
  void ratio(String key, String name, Samples samples, String to, Samples base, String step) {
    if (!samples.has(step) || !base.has(step)) {
      return;
    }
    List<Double> mine = samples.of(step);
    List<Double> theirs = base.of(step);
    double[] rounds = new double[Math.min(mine.size(), theirs.size())];
    for (int i = 0; i < rounds.length; i++) {
      rounds[i] = mine.get(i) / theirs.get(i);
    }
    double ratio = samples.summary(step).median() / base.summary(step).median();
    double byRound = Summary.median(rounds);
    String what = name + " / " + to + ", " + step;
    out.printf("%s: %.2f of the medians, %.2f by round%n", what, ratio, byRound);
    content.put(key + ": " + what, Map.of("ofMedians", ratio, "byRound", byRound));
  }

  String json() {
    return Json.text(content);
  }
}
