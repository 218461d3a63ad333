package dev.gantry.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same bytes through {@code cat} in a container by the OCI runtime's own exec and by ours, and
 * over a loopback connection and a forwarded one. What comes back is judged in two ways: every byte
 * compared, which is the harder one as it costs next to nothing, and by its checksum.
 */
final class StreamThroughput {
  private static final Pattern FORWARDED =
      Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+).*");
  private static final String SECONDS = "seconds";

  private final Path input;
  private final Shell shell;
  private final String gantry;
  private final Map<Judge, Map<String, Samples>> times = new LinkedHashMap<>();

  /** Runs a script of bash and gives what it has written. */
  interface Shell {
    String run(String script) throws IOException;
  }

  /** A step that takes a port and says how long it took. */
  private interface Round {
    double seconds(int port) throws IOException;
  }

  /** How it is known that what comes back is what was sent. */
  enum Judge {
    COMPARED("compared", "cmp - %s"),
    SUMMED("summed by sha256sum", "sha256sum | cmp - %s.sum");

    private final String title;
    private final String command;

    Judge(String title, String command) {
      this.title = title;
      this.command = command;
    }

    String of(Path input) {
      return command.formatted(input, input);
    }
  }

  /**
   * Rounds with one input.
   *
   * @param gantry the command and the options that say which daemon
   */
  StreamThroughput(Path input, Shell shell, String gantry) throws IOException {
    this.input = input;
    this.shell = shell;
    this.gantry = gantry;
    shell.run("sha256sum <" + input + " >" + input + ".sum");
  }

  /**
   * One of each.
   *
   * @param bareExec the OCI runtime's own exec into the container
   */
  void round(String bareExec, String container, String port) throws IOException {
    for (Judge judge : Judge.values()) {
      String cat = " busybox cat <" + input + " | " + judge.of(input);
      add(judge, "bare exec", timed(bareExec + cat));
      for (String transport : StreamBench.TRANSPORTS) {
        String exec = gantry + " exec -i --transport " + transport + " " + container;
        add(judge, "exec " + transport, timed(exec + cat));
      }
      add(judge, "loopback TCP", bare(of -> back(judge, of)));
      for (String transport : StreamBench.TRANSPORTS) {
        add(judge, "ports " + transport, forwarded(transport, port, of -> back(judge, of)));
      }
    }
  }

  private void add(Judge judge, String name, double seconds) {
    times
        .computeIfAbsent(judge, j -> new LinkedHashMap<>())
        .computeIfAbsent(name, n -> new Samples())
        .add(SECONDS, seconds);
  }

  private double timed(String script) throws IOException {
    long start = System.nanoTime();
    var _ = shell.run(script);
    return (System.nanoTime() - start) / 1e9;
  }

  private double back(Judge judge, int port) throws IOException {
    return switch (judge) {
      case COMPARED -> EchoRound.seconds(port, input);
      case SUMMED -> timed("busybox nc 127.0.0.1 " + port + " <" + input + " | " + judge.of(input));
    };
  }

  private static double bare(Round round) throws IOException {
    String busybox = Programs.find("busybox", "/bin", "/usr/bin").toString();
    int port = EchoRound.freePort();
    Process server =
        new ProcessBuilder(busybox, "nc", "-ll", "-p", Integer.toString(port), "-e", busybox, "cat")
            .start();
    try {
      EchoRound.awaitListener(port);
      return round.seconds(port);
    } finally {
      server.destroyForcibly();
    }
  }

  private double forwarded(String transport, String port, Round round) throws IOException {
    Process forward =
        new ProcessBuilder(
                "bash",
                "-c",
                "exec "
                    + gantry
                    + " port-forward --address 127.0.0.1 --transport "
                    + transport
                    + " $("
                    + gantry
                    + " pods -q --name streams) :"
                    + port)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = forward.inputReader(StandardCharsets.US_ASCII)) {
      String line = out.readLine();
      Matcher matcher = FORWARDED.matcher(line == null ? "" : line);
      if (!matcher.matches()) {
        throw new IOException("gantry port-forward said: " + line);
      }
      return round.seconds(Integer.parseInt(matcher.group(1)));
    } finally {
      forward.destroy();
    }
  }

  /** Writes down the times and what they are of the bare ones. */
  void report(Report report, int mebibytes) {
    times.forEach((judge, samples) -> {
      String key = "stream throughput, " + judge.title;
      report.section(key, mebibytes + " MiB there and back, " + judge.title, SECONDS, samples);
      for (String transport : StreamBench.TRANSPORTS) {
        ratio(report, key, samples, "exec " + transport, "bare exec");
        ratio(report, key, samples, "ports " + transport, "loopback TCP");
      }
    });
  }

  private static void ratio(
      Report report, String key, Map<String, Samples> all, String one, String base) {
    report.ratio(
        key,
        one,
        Objects.requireNonNull(all.get(one)),
        base,
        Objects.requireNonNull(all.get(base)),
        SECONDS);
  }
}
