package dev.gantry.cli.demo;

import dev.gantry.cli.output.Table;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs the steps of the demo one after the other, says which, and how long each took. */
final class Steps {
  /**
   * A step.
   *
   * @param title what it does, as "pull the image through CRI"
   */
  record Step(String title, Runnable action) {}

  private record Taken(String title, Duration time) {}

  private final PrintStream out;
  private final List<Taken> taken = new ArrayList<>();

  Steps(PrintStream out) {
    this.out = out;
  }

  void run(List<Step> steps) {
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      out.printf(Locale.ROOT, "[%2d/%d] %s%n", i + 1, steps.size(), step.title());
      out.flush();
      long start = System.nanoTime();
      step.action().run();
      taken.add(new Taken(step.title(), Duration.ofNanos(System.nanoTime() - start)));
    }
  }

  void printTable() {
    Table table = Table.compact("STEP", "MILLISECONDS");
    for (Taken step : taken) {
      table.row(
          step.title(), String.format(Locale.ROOT, "%8.1f", step.time().toNanos() / 1_000_000.0));
    }
    table.print(out);
  }
}
