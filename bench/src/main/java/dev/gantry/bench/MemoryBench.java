package dev.gantry.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what the daemon and the monitors take with more and more pods, and at rest. */
final class MemoryBench {
  // The JVM gives freed memory back every five seconds.
  private static final long SETTLE_MILLIS = 12_000;
  private static final double MIB = 1024;

  private final Options options;
  private final Report report;
  private final PodRuns runs;
  private final PrintStream progress;

  MemoryBench(Options options, Report report, PodRuns runs, PrintStream progress) {
    this.options = options;
    this.report = report;
    this.runs = runs;
    this.progress = progress;
  }

  /**
   * Measures on a daemon that has just been started and has no pods. The pods stay.
   *
   * @return the pods, for whoever measures on
   */
  List<Contender.Pod> run(GantryDaemon daemon, Contender contender) throws IOException {
    List<Contender.Pod> pods = new ArrayList<>();
    Map<String, Samples> memory = new LinkedHashMap<>();
    Map<String, Samples> idle = new LinkedHashMap<>();
    for (int count : options.memory()) {
      progress.printf("\r%-60s", "memory: " + count + " pods");
      pods.addAll(runs.fill(contender, count - pods.size()));
      Samples samples = new Samples();
      samples.add("daemon RSS after work", ProcessUse.memory(daemon.pid()).rss() / MIB);
      Programs.sleep(SETTLE_MILLIS);
      read(daemon, samples);
      memory.put(count + " pods", samples);
      if (count == options.memory().getFirst() || count == options.memory().getLast()) {
        idle.put(count + " pods", atRest(daemon));
      }
    }
    progress.printf("\r%-60s\r", "");
    report.section("memory", "memory", "MiB", memory);
    report.section(
        "idle", "daemon at rest for " + options.idleSeconds() + " s", "% of a core", idle);
    return pods;
  }

  /** Reads it once more on a daemon that has found its pods again. */
  void afterRestart(GantryDaemon daemon, int pods) throws IOException {
    Samples samples = new Samples();
    Programs.sleep(SETTLE_MILLIS);
    read(daemon, samples);
    report.section(
        "memory after restart", "memory after a restart", "MiB", Map.of(pods + " pods", samples));
  }

  private static void read(GantryDaemon daemon, Samples samples) throws IOException {
    ProcessUse.Memory own = ProcessUse.memory(daemon.pid());
    ProcessUse.Memory monitors = ProcessUse.Memory.NONE;
    for (long pid : ProcessUse.find("conmon", daemon.workspace().daemonState().toString())) {
      monitors = monitors.plus(ProcessUse.memory(pid));
    }
    samples.add("daemon RSS", own.rss() / MIB);
    samples.add("daemon PSS", own.pss() / MIB);
    samples.add("monitors PSS", monitors.pss() / MIB);
    samples.add("all PSS", own.plus(monitors).pss() / MIB);
  }

  private Samples atRest(GantryDaemon daemon) throws IOException {
    Map<String, Long> before = ProcessUse.cpuNanos(daemon.pid());
    Programs.sleep(options.idleSeconds() * 1000L);
    long used = 0;
    // A thread that has ended meanwhile takes its time with it; one that is new brings all of it.
    for (Map.Entry<String, Long> thread : ProcessUse.cpuNanos(daemon.pid()).entrySet()) {
      used += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
    }
    Samples samples = new Samples();
    samples.add("CPU", used / 1e7 / options.idleSeconds());
    return samples;
  }
}
