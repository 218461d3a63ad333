package dev.gantry.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures the CRI endpoints that it is given, beside each other. */
final class LoadBench {
  private static final int READS = 200;

  private final Options options;
  private final Report report;
  private final PodRuns runs;

  LoadBench(Options options, Report report, PodRuns runs) {
    this.options = options;
    this.report = report;
    this.runs = runs;
  }

  /** Measures, and compares each with the first. */
  void run() throws IOException {
    Workspace workspace = Workspace.STANDARD;
    var place =
        new CriContender.Place(
            workspace.cgroup(), workspace.logs().resolveSibling("load-logs"), options.image());
    List<CriContender> contenders = new ArrayList<>();
    try {
      for (CriEndpoint endpoint : options.endpoints()) {
        CriContender contender = CriContender.open(endpoint, place);
        contenders.add(contender);
        report.fact(endpoint.name(), contender.version() + " " + endpoint.handler());
        contender.pullImage();
        contender.warmUp();
      }
      var pods = runs.oneAtATime(contenders, options.warmUp(), options.pods());
      show("pods", "pods one at a time", pods);
      for (int count : options.atOnce()) {
        show("at once " + count, count + " pods at once", runs.atOnce(contenders, count, 3));
      }
      report.section("reads", "calls that read", "ms", reads(contenders));
    } finally {
      contenders.forEach(CriContender::close);
      workspace.clean();
    }
  }

  private void show(String key, String title, Map<String, Samples> samples) {
    report.section(key, title, "ms", samples);
    var first = samples.entrySet().iterator().next();
    samples.forEach((name, other) -> {
      if (!name.equals(first.getKey())) {
        for (String step : List.of(Contender.POD_START, "ExecSync", Contender.POD_END)) {
          report.ratio(key, name, other, first.getKey(), first.getValue(), step);
        }
      }
    });
  }

  /** The calls that only read, in turns. */
  static Map<String, Samples> reads(List<CriContender> contenders) throws IOException {
    Map<String, Samples> samples = new LinkedHashMap<>();
    contenders.forEach(contender -> samples.put(contender.name(), new Samples()));
    for (int i = 0; i < READS; i++) {
      for (CriContender contender : contenders) {
        Timings timings = new Timings();
        contender.read(timings);
        java.util.Objects.requireNonNull(samples.get(contender.name())).add(timings);
      }
    }
    return samples;
  }
}
