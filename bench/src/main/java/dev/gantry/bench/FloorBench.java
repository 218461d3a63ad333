package dev.gantry.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measures Gantry beside the bare steps, with each OCI runtime that works here. */
final class FloorBench {
  private static final int WAVES = 3;
  private static final String[] SBIN = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"
  };
  private static final String[] PLUGINS = {"/opt/cni/bin", "/usr/lib/cni"};

  private final Options options;
  private final Report report;
  private final PodRuns runs;
  private final PrintStream notes;

  FloorBench(Options options, Report report, PodRuns runs, PrintStream notes) {
    this.options = options;
    this.report = report;
    this.runs = runs;
    this.notes = notes;
  }

  /**
   * Gantry and the floors that are like it.
   *
   * @param same has the very configuration that Gantry hands to the runtime
   */
  private record Match(CriContender gantry, FloorContender same) {}

  /** Measures on a daemon that runs. */
  void run(GantryDaemon daemon) throws IOException {
    List<Contender> contenders = new ArrayList<>();
    List<Match> matches = new ArrayList<>();
    try {
      for (String runtime : List.of("crun", "runc")) {
        addRuntime(daemon.workspace(), runtime, contenders, matches);
      }
      if (matches.isEmpty()) {
        throw new IOException("no OCI runtime works here; see gantry doctor");
      }
      if (options.parts().contains(Options.Part.PODS)) {
        var pods = runs.oneAtATime(contenders, options.warmUp(), options.pods());
        show("pods", "pods one at a time", pods, matches);
        report.section(
            "reads",
            "calls that read",
            "ms",
            LoadBench.reads(matches.stream().map(Match::gantry).toList()));
      }
      if (options.parts().contains(Options.Part.AT_ONCE)) {
        for (int count : options.atOnce()) {
          var waves = runs.atOnce(contenders, count, WAVES);
          show("at once " + count, count + " pods at once", waves, matches);
        }
      }
    } finally {
      contenders.forEach(Contender::close);
    }
  }

  private void addRuntime(
      Workspace workspace, String runtime, List<Contender> contenders, List<Match> matches)
      throws IOException {
    CriContender gantry = open(workspace, runtime);
    contenders.add(gantry);
    Optional<FloorTemplate> template = template(workspace, gantry);
    if (template.isEmpty()) {
      contenders.remove(gantry);
      gantry.close();
      return;
    }
    gantry.warmUp();
    Path binary = Programs.find(runtime, SBIN);
    Path plugins = Programs.find("bridge", PLUGINS).resolveSibling(".").normalize();
    report.fact(runtime, Machine.version(binary));
    FloorContender same =
        FloorContender.make("floor " + runtime, workspace, template.get(), binary, plugins);
    contenders.add(same);
    matches.add(new Match(gantry, same));
    FloorTemplate plain = template.get().withoutCompiledFilter();
    if (!plain.equals(template.get())) {
      contenders.add(
          FloorContender.make("plain floor " + runtime, workspace, plain, binary, plugins));
    }
  }

  static CriContender open(Workspace workspace, String runtime) throws IOException {
    return CriContender.open(
        new CriEndpoint("gantry " + runtime, workspace.endpoint(), runtime),
        new CriContender.Place(workspace.cgroup(), workspace.logs(), BusyboxArchive.IMAGE));
  }

  /** A first pod shows whether the runtime works here, and what the floor's is to be like. */
  private Optional<FloorTemplate> template(Workspace workspace, CriContender gantry)
      throws IOException {
    CriContender.CriPod pod = gantry.prepare("template-" + gantry.name().replace(' ', '-'));
    try {
      pod.up(new Timings());
      return Optional.of(FloorTemplate.of(workspace, pod));
    } catch (IOException e) {
      notes.println(
          gantry.name() + " is left out, `gantry doctor` may know more: " + e.getMessage());
      return Optional.empty();
    } finally {
      pod.down(new Timings());
    }
  }

  private void show(String key, String title, Map<String, Samples> samples, List<Match> matches) {
    report.section(key, title, "ms", samples);
    for (Match match : matches) {
      String name = match.gantry().name();
      samples.forEach((floor, figures) -> {
        if (floor.endsWith(match.same().name())) {
          for (String step : List.of(Contender.POD_START, Contender.POD_END)) {
            report.ratio(
                key,
                name,
                java.util.Objects.requireNonNull(samples.get(name)),
                floor,
                figures,
                step);
          }
        }
      });
    }
  }
}
