package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ExecSyncRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Streams beside bare means: how long an exec takes, what the daemon holds, and {@link
 * StreamThroughput}.
 */
final class StreamBench {
  static final List<String> TRANSPORTS = List.of("spdy", "websocket");
  private static final String PORT = "7000";
  private static final long DEADLINE_SECONDS = 60;
  private static final long SETTLE_MILLIS = 12_000;
  private static final double KIB_PER_MIB = 1024.0;

  private final StreamOptions options;
  private final Report report;
  private final PrintStream progress;
  private final Workspace workspace;
  private final Path home;
  private final Path input;

  StreamBench(
      StreamOptions options, Report report, PrintStream progress, Workspace workspace, Path home) {
    this.options = options;
    this.report = report;
    this.progress = progress;
    this.workspace = workspace;
    this.home = home;
    this.input = workspace.root().resolve("input");
  }

  void run() throws IOException {
    Path archive = BusyboxArchive.make(workspace.root());
    shell("head -c " + options.mebibytes() + "M /dev/urandom >" + input);
    try (GantryDaemon daemon = GantryDaemon.start(workspace, home)) {
      shell(gantry() + " import " + archive);
      Map<String, Samples> latency = new LinkedHashMap<>();
      memory(daemon, start("crun"));
      for (String runtime : List.of("crun", "runc")) {
        latency(runtime, start(runtime), latency);
      }
      report.section("exec latency", "exec of `true`", "ms", latency);
      for (String runtime : List.of("crun", "runc")) {
        report.ratio(
            "exec latency",
            "ExecSync " + runtime,
            Objects.requireNonNull(latency.get("ExecSync " + runtime)),
            "bare " + runtime,
            Objects.requireNonNull(latency.get("bare " + runtime)),
            "exec");
      }
      String container = start("crun");
      var throughput = new StreamThroughput(input, StreamBench::shell, gantry());
      for (int i = 0; i < options.rounds(); i++) {
        progress.println("round " + (i + 1) + " of " + options.rounds());
        throughput.round(bareExec("crun", container), container, PORT);
      }
      throughput.report(report, options.mebibytes());
    } finally {
      shell(gantry() + " rmp -f -a || true");
    }
  }

  private String gantry() {
    return home.resolve("bin/gantry") + " --runtime-endpoint " + workspace.endpoint();
  }

  /** A container that echoes on a port; the id is new with each call. */
  private String start(String runtime) throws IOException {
    shell(gantry() + " rmp -f -a >/dev/null");
    return shell(
            gantry()
                + " run -d --name streams -r "
                + runtime
                + " "
                + BusyboxArchive.IMAGE
                + " busybox nc -ll -p "
                + PORT
                + " -e busybox cat")
        .strip();
  }

  private static String shell(String script) throws IOException {
    return Programs.run(List.of("bash", "-c", "set -o pipefail; " + script));
  }

  private static double timed(String script) throws IOException {
    long start = System.nanoTime();
    shell(script);
    return (System.nanoTime() - start) / 1e9;
  }

  private String bareExec(String runtime, String container) {
    Path state = workspace.daemonState().resolve("runtimes").resolve(runtime);
    return runtime + " --root " + state + " exec " + container + " ";
  }

  /** What the daemon holds before anybody has wanted a stream, after one, and while many wait. */
  private void memory(GantryDaemon daemon, String container) throws IOException {
    Programs.sleep(SETTLE_MILLIS);
    resident(daemon, "before the first stream");
    for (String transport : TRANSPORTS) {
      shell(gantry() + " exec --transport " + transport + " " + container + " true");
    }
    Programs.sleep(SETTLE_MILLIS);
    resident(daemon, "after the first stream");
    List<Process> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        for (String transport : TRANSPORTS) {
          // Its output is a pipe that nobody reads.
          readers.add(
              new ProcessBuilder(
                      "bash",
                      "-c",
                      "exec "
                          + gantry()
                          + " exec --transport "
                          + transport
                          + " "
                          + container
                          + " busybox cat /dev/zero")
                  .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                  .start());
        }
      }
      Programs.sleep(SETTLE_MILLIS);
      resident(daemon, "while " + readers.size() + " clients do not read `cat /dev/zero`");
    } finally {
      readers.forEach(Process::destroyForcibly);
    }
  }

  private void resident(GantryDaemon daemon, String when) {
    double mebibytes = ProcessUse.memory(daemon.pid()).rss() / KIB_PER_MIB;
    report.fact("daemon resident, MiB, " + when, Math.round(mebibytes * 10) / 10.0);
  }

  private void latency(String runtime, String container, Map<String, Samples> samples)
      throws IOException {
    Samples sync = samples.computeIfAbsent("ExecSync " + runtime, name -> new Samples());
    Samples bare = samples.computeIfAbsent("bare " + runtime, name -> new Samples());
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(container)
            .addCmd("true")
            .setTimeout(DEADLINE_SECONDS)
            .build();
    String loop =
        "for ((i = 0; i < "
            + options.execs()
            + "; i++)); do "
            + bareExec(runtime, container)
            + "true; done";
    try (CriChannel channel = CriChannel.open(workspace.endpoint())) {
      CriContender.warmUp(channel);
      // One round more, which warms both up and does not count.
      for (int round = 0; round <= options.rounds() * 2; round++) {
        double bareMillis = timed(loop) * 1e3 / options.execs();
        long start = System.nanoTime();
        for (int i = 0; i < options.execs(); i++) {
          var _ =
              channel
                  .runtime()
                  .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                  .execSync(request);
        }
        double syncMillis = (System.nanoTime() - start) / 1e6 / options.execs();
        if (round > 0) {
          bare.add("exec", bareMillis);
          sync.add("exec", syncMillis);
        }
      }
    }
  }
}
