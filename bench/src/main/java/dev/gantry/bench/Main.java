package dev.gantry.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code gantry bench}: measures, prints tables, cleans up. */
public final class Main {
  private static final int USAGE = 2;
  private static final int RESTARTS = 3;

  private final Options options;
  private final Report report;
  private final PrintStream progress;
  private final PodRuns runs;

  private Main(Options options, PrintStream out, PrintStream progress) {
    this.options = options;
    this.report = new Report(out);
    this.progress = progress;
    this.runs = new PodRuns(progress);
  }

  /**
   * Runs the benchmark that {@code args} name.
   *
   * @param home directory of the installed Gantry whose daemon is measured
   * @return the exit code: 0, 1 when something failed, 2 for a wrong command line
   */
  public static int run(List<String> args, Path home) {
    if (args.contains("--help") || args.contains("-h")) {
      System.out.print(Options.USAGE);
      return 0;
    }
    try {
      if (args.equals(List.of("clean"))) {
        Workspace.STANDARD.clean();
        return 0;
      }
      if (!args.isEmpty() && args.getFirst().equals("pull")) {
        pull(PullOptions.parse(args.subList(1, args.size())), home);
        return 0;
      }
      if (!args.isEmpty() && args.getFirst().equals("streams")) {
        streams(StreamOptions.parse(args.subList(1, args.size())), home);
        return 0;
      }
      if (!args.isEmpty() && List.of("lists", "stats").contains(args.getFirst())) {
        read(ReadOptions.parse(args), home);
        return 0;
      }
      if (!args.isEmpty() && args.getFirst().equals("node")) {
        node(NodeOptions.parse(args.subList(1, args.size())), home);
        return 0;
      }
      Options options = Options.parse(args);
      new Main(options, System.out, System.err).measure(home);
      return 0;
    } catch (IllegalArgumentException e) {
      System.err.println("gantry bench: " + e.getMessage() + "\n\n" + Options.USAGE);
      return USAGE;
    } catch (IOException e) {
      System.err.println("gantry bench: " + e.getMessage());
      return 1;
    }
  }

  private static void pull(PullOptions options, Path home) throws IOException {
    inWorkspace(
        options.json(),
        (report, workspace) -> new PullBench(options, report, System.err, workspace, home).run());
  }

  private static void streams(StreamOptions options, Path home) throws IOException {
    inWorkspace(
        options.json(),
        (report, workspace) -> new StreamBench(options, report, System.err, workspace, home).run());
  }

  private static void read(ReadOptions options, Path home) throws IOException {
    inWorkspace(
        options.json(),
        (report, workspace) -> new ReadBench(options, report, System.err, workspace, home).run());
  }

  private static void node(NodeOptions options, Path home) throws IOException {
    inWorkspace(
        options.json(),
        (report, workspace) -> new NodeBench(options, report, System.err, workspace, home).run());
  }

  /** A benchmark that makes its own daemons. */
  private interface Bench {
    void run(Report report, Workspace workspace) throws IOException;
  }

  private static void inWorkspace(@Nullable Path json, Bench bench) throws IOException {
    Report report = new Report(System.out);
    Machine.describe(report);
    report.fact("load before", Machine.load());
    Workspace workspace = Workspace.STANDARD;
    workspace.clean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> cleanUp(workspace), "clean up"));
    workspace.make();
    bench.run(report, workspace);
    report.fact("load after", Machine.load());
    if (json != null) {
      Files.writeString(json, report.json());
    }
  }

  private void measure(Path home) throws IOException {
    Machine.describe(report);
    report.fact("load before", Machine.load());
    if (options.load()) {
      new LoadBench(options, report, runs).run();
    } else {
      all(home);
    }
    report.fact("load after", Machine.load());
    Path json = options.json();
    if (json != null) {
      Files.writeString(json, report.json());
    }
  }

  private void all(Path home) throws IOException {
    Workspace workspace = Workspace.STANDARD;
    workspace.clean();
    Thread cleaner = new Thread(() -> cleanUp(workspace), "clean up");
    Runtime.getRuntime().addShutdownHook(cleaner);
    workspace.make();
    Path archive = BusyboxArchive.make(workspace.root());
    if (wanted(Options.Part.PODS) || wanted(Options.Part.AT_ONCE)) {
      try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
        importImage(workspace, archive);
        new FloorBench(options, report, runs, progress).run(daemon);
      }
    }
    if (wanted(Options.Part.STARTS)) {
      starts(workspace, home, "starts", "no pods", options.starts());
    }
    if (wanted(Options.Part.MEMORY)) {
      memory(workspace, home, archive);
    }
  }

  private boolean wanted(Options.Part part) {
    return options.parts().contains(part);
  }

  private static void importImage(Workspace workspace, Path archive) throws IOException {
    try (CriContender gantry = FloorBench.open(workspace, "")) {
      gantry.importImage(archive);
    }
  }

  /** Memory on a fresh daemon; then how it starts with the pods there, and how they end. */
  private void memory(Workspace workspace, Path home, Path archive) throws IOException {
    MemoryBench bench = new MemoryBench(options, report, runs, progress);
    CriContender contender;
    List<Contender.Pod> pods;
    try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
      importImage(workspace, archive);
      contender = FloorBench.open(workspace, "");
      pods = bench.run(daemon, contender);
    }
    try (contender) {
      starts(workspace, home, "starts with pods", pods.size() + " pods", RESTARTS);
      try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
        bench.afterRestart(daemon, pods.size());
        runs.empty(pods);
      }
    }
  }

  private void starts(Workspace workspace, Path home, String key, String title, int count)
      throws IOException {
    Samples samples = new Samples();
    for (int i = 0; i < count; i++) {
      try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
        samples.add("first answer", daemon.startMillis());
      }
    }
    Map<String, Samples> section = new LinkedHashMap<>();
    section.put("gantry", samples);
    report.section(key, "start of the daemon, " + title, "ms", section);
  }

  private static void cleanUp(Workspace workspace) {
    try {
      workspace.clean();
    } catch (IOException e) {
      System.err.println("gantry bench: " + e.getMessage());
    }
  }
}
