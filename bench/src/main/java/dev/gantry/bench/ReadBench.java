package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxMetricsRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a node with many containers: how long lists take while pods start and stop, and what
 * statistics cost the daemon.
 */
final class ReadBench {
  private static final int WARM_UP = 300;
  private static final long BETWEEN_LISTS_MILLIS = 20;
  private static final List<Integer> PODS_PER_SECOND = List.of(2, 5);
  private static final int UNLIMITED = Integer.MAX_VALUE;
  private static final long SETTLE_MILLIS = 12_000;
  private static final int KUBELET_SECONDS = 10;

  private static final String LIST_CONTAINERS =
      RuntimeServiceGrpc.getListContainersMethod().getFullMethodName();
  private static final String LIST_PODS =
      RuntimeServiceGrpc.getListPodSandboxMethod().getFullMethodName();

  private final ReadOptions options;
  private final Report report;
  private final PrintStream progress;
  private final Workspace workspace;
  private final Path home;

  ReadBench(
      ReadOptions options, Report report, PrintStream progress, Workspace workspace, Path home) {
    this.options = options;
    this.report = report;
    this.progress = progress;
    this.workspace = workspace;
    this.home = home;
  }

  void run() throws IOException {
    Path archive = BusyboxArchive.make(workspace.root());
    var place = new CriContender.Place(workspace.cgroup(), workspace.logs(), BusyboxArchive.IMAGE);
    var endpoint = new CriEndpoint("gantry", workspace.endpoint(), "");
    try (GantryDaemon daemon = GantryDaemon.start(workspace, home);
        CriContender contender = CriContender.open(endpoint, place);
        CriChannel channel = CriChannel.open(workspace.endpoint())) {
      contender.importImage(archive);
      var crowd = new Crowd(channel, place);
      progress.printf("\r%-60s", options.containers() + " containers");
      try {
        crowd.fill(options.containers(), options.perPod());
        report.fact("containers", options.containers());
        report.fact("pods", (options.containers() + options.perPod() - 1) / options.perPod());
        if (options.stats()) {
          stats(daemon, channel);
        } else {
          requireAll(channel);
          try (SocketCalls calls = SocketCalls.open(workspace.socket())) {
            lists(calls, contender);
          }
        }
      } finally {
        progress.printf("\r%-60s\r", "");
        crowd.empty();
      }
    } catch (StatusRuntimeException e) {
      throw new IOException(e.getStatus().toString(), e);
    }
  }

  private void lists(SocketCalls calls, CriContender contender) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      list(calls, new Timings());
    }
    Map<String, Samples> figures = new LinkedHashMap<>();
    figures.put("nothing else happens", listing(calls));
    for (int rate : PODS_PER_SECOND) {
      figures.put(rate + " pods a second start and stop", churning(calls, contender, rate));
    }
    figures.put("pods start and stop at full speed", churning(calls, contender, UNLIMITED));
    report.percentiles("lists", "lists of " + options.containers() + " containers", figures);
  }

  private Samples churning(SocketCalls calls, CriContender contender, int podsPerSecond)
      throws IOException {
    var churn = new Churn(contender, new PodRuns(progress), podsPerSecond);
    Samples samples;
    churn.start();
    try {
      samples = listing(calls);
    } finally {
      churn.stop();
    }
    if (podsPerSecond == UNLIMITED) {
      report.fact("pods a second at full speed", churn.pods() / options.seconds());
    }
    return samples;
  }

  private Samples listing(SocketCalls calls) throws IOException {
    var samples = new Samples();
    long end = System.nanoTime() + options.seconds() * 1_000_000_000L;
    while (System.nanoTime() < end) {
      var timings = new Timings();
      list(calls, timings);
      samples.add(timings);
      Programs.sleep(BETWEEN_LISTS_MILLIS);
    }
    return samples;
  }

  private static void list(SocketCalls calls, Timings timings) throws IOException {
    timings.time("ListContainers", () -> calls.call(LIST_CONTAINERS));
    timings.time("ListPodSandbox", () -> calls.call(LIST_PODS));
  }

  private void requireAll(CriChannel channel) throws IOException {
    int containers =
        channel
            .runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersCount();
    if (containers < options.containers()) {
      throw new IOException("ListContainers told of " + containers);
    }
  }

  private void stats(GantryDaemon daemon, CriChannel channel) throws IOException {
    for (int i = 0; i < WARM_UP / 10; i++) {
      poll(channel, new Timings());
      metrics(channel, new Timings());
    }
    Programs.sleep(SETTLE_MILLIS);
    Map<String, Samples> cost = new LinkedHashMap<>();
    Map<String, Samples> calls = new LinkedHashMap<>();
    measure(daemon, "nobody asks", options.seconds(), t -> {}, cost, calls);
    measure(
        daemon, "every 10 s, as the kubelet", KUBELET_SECONDS, t -> poll(channel, t), cost, calls);
    measure(daemon, "every second", 1, t -> poll(channel, t), cost, calls);
    measure(daemon, "metrics every 10 s", KUBELET_SECONDS, t -> metrics(channel, t), cost, calls);
    report.section("stats cost", "the daemon's CPU", "% of a core", cost);
    report.section("stats calls", "calls", "ms", calls);
  }

  /** What is read once in every period. */
  private interface Reading {
    void read(Timings timings) throws IOException;
  }

  private void measure(
      GantryDaemon daemon,
      String name,
      int periodSeconds,
      Reading reading,
      Map<String, Samples> cost,
      Map<String, Samples> calls)
      throws IOException {
    progress.printf("\r%-60s", name);
    var samples = new Samples();
    long before = ProcessUse.cpuNanosWithEndedThreads(daemon.pid());
    long start = System.nanoTime();
    for (int second = 0; second < options.seconds(); second += periodSeconds) {
      var timings = new Timings();
      reading.read(timings);
      samples.add(timings);
      long next = start + (second + periodSeconds) * 1_000_000_000L;
      Programs.sleep(Math.max(0, (next - System.nanoTime()) / 1_000_000));
    }
    var cpu = new Samples();
    double seconds = (System.nanoTime() - start) / 1e9;
    cpu.add("CPU", (ProcessUse.cpuNanosWithEndedThreads(daemon.pid()) - before) / 1e7 / seconds);
    cost.put(name, cpu);
    if (!samples.steps().isEmpty()) {
      calls.put(name, samples);
    }
  }

  private static void poll(CriChannel channel, Timings timings) throws IOException {
    timings.time(
        "ListPodSandboxStats",
        () ->
            channel.runtime().listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()));
    timings.time(
        "ListContainerStats",
        () -> channel.runtime().listContainerStats(ListContainerStatsRequest.getDefaultInstance()));
    timings.time(
        "ImageFsInfo", () -> channel.images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance()));
  }

  private static void metrics(CriChannel channel, Timings timings) throws IOException {
    timings.time(
        "ListPodSandboxMetrics",
        () ->
            channel
                .runtime()
                .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance()));
  }

  /** Starts and stops pods, one after the other, until it is told to stop. */
  private static final class Churn {
    private final CriContender contender;
    private final PodRuns runs;
    private final long periodNanos;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger pods = new AtomicInteger();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::work, "churn");

    Churn(CriContender contender, PodRuns runs, int podsPerSecond) {
      this.contender = contender;
      this.runs = runs;
      this.periodNanos = 1_000_000_000L / podsPerSecond;
    }

    void start() {
      thread.start();
    }

    int pods() {
      return pods.get();
    }

    private void work() {
      try {
        long next = System.nanoTime();
        while (!over.get()) {
          runs.one(contender);
          pods.incrementAndGet();
          next += periodNanos;
          Programs.sleep(Math.max(0, (next - System.nanoTime()) / 1_000_000));
        }
      } catch (IOException e) {
        failure.set(e);
      }
    }

    void stop() throws IOException {
      over.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw Programs.interrupted(e);
      }
      IOException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
    }
  }
}
