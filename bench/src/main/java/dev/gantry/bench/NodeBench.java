package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code gantry node} with a directory of manifests: how long until all pods run, what one process
 * with daemon and agent takes then, at rest, and after its restart.
 */
final class NodeBench {
  // The JVM gives freed memory back every five seconds.
  private static final long SETTLE_MILLIS = 15_000;
  private static final long POLL_MILLIS = 50;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final double MIB = 1024;

  private final NodeOptions options;
  private final Report report;
  private final PrintStream progress;
  private final Workspace workspace;
  private final Path home;
  private final Path manifests;

  NodeBench(
      NodeOptions options, Report report, PrintStream progress, Workspace workspace, Path home) {
    this.options = options;
    this.report = report;
    this.progress = progress;
    this.workspace = workspace;
    this.home = home;
    this.manifests = workspace.root().resolve("manifests");
  }

  void run() throws IOException {
    Files.createDirectories(manifests);
    report.fact("pods", options.pods());
    report.fact("probes", options.probeSeconds() == 0 ? "none" : options.probeSeconds() + " s");
    Path archive = BusyboxArchive.make(workspace.root());
    Map<String, Samples> times = new LinkedHashMap<>();
    Map<String, Samples> memory = new LinkedHashMap<>();
    Map<String, Samples> rest = new LinkedHashMap<>();
    try (GantryDaemon node = start();
        CriChannel channel = CriChannel.open(workspace.endpoint())) {
      load(archive);
      times.put("start of the node, no pods", of(node.startMillis()));
      settled("no pods", node, memory, rest);
      double cpu = ProcessUse.cpuNanosWithEndedThreads(node.pid()) / 1e6;
      times.put("manifests there to all pods running", of(declare(channel)));
      times.put(
          "CPU of the node for that",
          of(ProcessUse.cpuNanosWithEndedThreads(node.pid()) / 1e6 - cpu));
      settled(options.pods() + " pods", node, memory, rest);
    }
    try (GantryDaemon node = start();
        CriChannel channel = CriChannel.open(workspace.endpoint())) {
      times.put("start of the node, all pods there", of(node.startMillis()));
      settled(options.pods() + " pods, node restarted", node, memory, rest);
      times.put("manifests gone to all pods gone", of(forget(channel)));
    } catch (StatusRuntimeException e) {
      throw new IOException(e.getStatus().toString(), e);
    }
    progress.printf("\r%-60s\r", "");
    report.section("node times", "times", "ms", times);
    report.section("node memory", "memory", "MiB", memory);
    report.section("node rest", "at rest for " + options.idleSeconds() + " s", "% of a core", rest);
  }

  private static Samples of(double millis) {
    Samples samples = new Samples();
    samples.add("", millis);
    return samples;
  }

  private GantryDaemon start() throws IOException {
    return GantryDaemon.start(
        workspace,
        home,
        List.of(
            "node",
            "--manifests",
            manifests.toString(),
            "--pod-logs",
            workspace.logs().toString(),
            "--cgroup-root",
            workspace.cgroup(),
            "--max-pods",
            "1000"));
  }

  private void load(Path archive) throws IOException {
    var place = new CriContender.Place(workspace.cgroup(), workspace.logs(), BusyboxArchive.IMAGE);
    var endpoint = new CriEndpoint("gantry", workspace.endpoint(), "");
    try (CriContender contender = CriContender.open(endpoint, place)) {
      contender.importImage(archive);
    }
  }

  private void settled(
      String name, GantryDaemon node, Map<String, Samples> memory, Map<String, Samples> rest)
      throws IOException {
    progress.printf("\r%-60s", "at rest: " + name);
    Programs.sleep(SETTLE_MILLIS);
    long before = ProcessUse.cpuNanosWithEndedThreads(node.pid());
    Programs.sleep(options.idleSeconds() * 1000L);
    double used = ProcessUse.cpuNanosWithEndedThreads(node.pid()) - before;
    rest.put(name, ofCpu(used));
    ProcessUse.Memory own = ProcessUse.memory(node.pid());
    Samples samples = new Samples();
    samples.add("node RSS", own.rss() / MIB);
    samples.add("node PSS", own.pss() / MIB);
    memory.put(name, samples);
  }

  private Samples ofCpu(double nanos) {
    Samples samples = new Samples();
    samples.add("CPU", nanos / 1e7 / options.idleSeconds());
    return samples;
  }

  private double declare(CriChannel channel) throws IOException {
    progress.printf("\r%-60s", options.pods() + " manifests");
    long start = System.nanoTime();
    for (int i = 0; i < options.pods(); i++) {
      Path next = Files.writeString(manifests.resolve(".next"), manifest(i));
      Files.move(next, manifests.resolve("pod-" + i + ".yaml"), StandardCopyOption.ATOMIC_MOVE);
    }
    await(start, "all pods running", () -> running(channel) == options.pods());
    return (System.nanoTime() - start) / 1e6;
  }

  private double forget(CriChannel channel) throws IOException {
    progress.printf("\r%-60s", "no manifests");
    long start = System.nanoTime();
    for (int i = 0; i < options.pods(); i++) {
      Files.delete(manifests.resolve("pod-" + i + ".yaml"));
    }
    await(start, "all pods gone", () -> sandboxes(channel) == 0);
    return (System.nanoTime() - start) / 1e6;
  }

  private static void await(long start, String what, java.util.function.BooleanSupplier holds)
      throws IOException {
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new IOException(what + ": not within five minutes");
      }
      Programs.sleep(POLL_MILLIS);
    }
  }

  private static long running(CriChannel channel) {
    return channel
        .runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .stream()
        .filter(c -> c.getState() == ContainerState.CONTAINER_RUNNING)
        .count();
  }

  private static int sandboxes(CriChannel channel) {
    return channel
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsCount();
  }

  private String manifest(int number) {
    String probe =
        options.probeSeconds() == 0
            ? ""
            : "    readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: "
                + options.probeSeconds()
                + "}\n";
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: bench-%d, labels: {app: bench}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: %s
        command: [%s]
        resources: {limits: {memory: 64Mi, cpu: 500m}, requests: {cpu: 10m, memory: 16Mi}}
    """
            .formatted(
                number,
                BusyboxArchive.IMAGE,
                options.probeSeconds() == 0
                    ? "sleep, \"86400\""
                    : "/bin/busybox, httpd, -f, -p, \"8080\", -h, /bin")
        + probe;
  }
}
