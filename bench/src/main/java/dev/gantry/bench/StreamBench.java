package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ExecSyncRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Streams beside the same bytes by bare means: through {@code cat} in a container by the OCI
 * runtime's own exec, and over a loopback connection. Every byte that comes back is compared.
 */
final class StreamBench {
  private static final List<String> TRANSPORTS = List.of("spdy", "websocket");
  private static final String PORT = "7000";
  private static final Pattern FORWARDED =
      Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+).*");
  private static final long DEADLINE_SECONDS = 60;
  private static final long SETTLE_MILLIS = 12_000;
  private static final double KIB_PER_MIB = 1024.0;
  private static final String SECONDS = "seconds";

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
        ratio("exec latency", latency, "ExecSync " + runtime, "bare " + runtime, "exec");
      }
      String container = start("crun");
      Map<String, Samples> throughput = new LinkedHashMap<>();
      for (int i = 0; i < options.rounds(); i++) {
        progress.println("round " + (i + 1) + " of " + options.rounds());
        execs(container, throughput);
        ports(throughput);
      }
      String title = options.mebibytes() + " MiB there and back";
      report.section("stream throughput", title, SECONDS, throughput);
      for (String transport : TRANSPORTS) {
        ratio("stream throughput", throughput, "exec " + transport, "bare exec", SECONDS);
        ratio("stream throughput", throughput, "ports " + transport, "loopback TCP", SECONDS);
      }
    } finally {
      shell(gantry() + " rmp -f -a || true");
    }
  }

  private void ratio(String key, Map<String, Samples> all, String one, String base, String step) {
    report.ratio(
        key,
        one,
        Objects.requireNonNull(all.get(one)),
        base,
        Objects.requireNonNull(all.get(base)),
        step);
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

  private void execs(String container, Map<String, Samples> samples) throws IOException {
    String through = " busybox cat <" + input + " | cmp - " + input;
    add(samples, "bare exec", timed(bareExec("crun", container) + through));
    for (String transport : TRANSPORTS) {
      String exec = gantry() + " exec -i --transport " + transport + " " + container;
      add(samples, "exec " + transport, timed(exec + through));
    }
  }

  private static void add(Map<String, Samples> samples, String name, double seconds) {
    samples.computeIfAbsent(name, n -> new Samples()).add(SECONDS, seconds);
  }

  private void ports(Map<String, Samples> samples) throws IOException {
    Path busybox = Programs.find("busybox", "/bin", "/usr/bin");
    int port = EchoRound.freePort();
    Process server =
        new ProcessBuilder(
                busybox.toString(),
                "nc",
                "-ll",
                "-p",
                Integer.toString(port),
                "-e",
                busybox.toString(),
                "cat")
            .start();
    try {
      add(samples, "loopback TCP", EchoRound.seconds(port, input));
    } finally {
      server.destroyForcibly();
    }
    for (String transport : TRANSPORTS) {
      add(samples, "ports " + transport, forwarded(transport));
    }
  }

  private double forwarded(String transport) throws IOException {
    Process forward =
        new ProcessBuilder(
                "bash",
                "-c",
                "exec "
                    + gantry()
                    + " port-forward --address 127.0.0.1 --transport "
                    + transport
                    + " $("
                    + gantry()
                    + " pods -q --name streams) :"
                    + PORT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = forward.inputReader(StandardCharsets.US_ASCII)) {
      String line = out.readLine();
      Matcher matcher = FORWARDED.matcher(line == null ? "" : line);
      if (!matcher.matches()) {
        throw new IOException("gantry port-forward said: " + line);
      }
      return EchoRound.seconds(Integer.parseInt(matcher.group(1)), input);
    } finally {
      forward.destroy();
    }
  }
}
