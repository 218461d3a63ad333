package dev.gantry.cli.node;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.http.Applied;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.Http;
import java.io.PrintStream;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What {@code gantry up} says when pods are ready: where they are, what they show, what next. */
public final class UpReport {
  /**
   * An annotation of pods that have a page to show: {@code PORT/PATH}, where the port may be the
   * name that a container gives it.
   */
  static final String PAGE = "gantry.dev/page";

  private static final int LINES = 30;

  private final Session session;
  private final PrintStream out;

  public UpReport(Session session) {
    this.session = session;
    this.out = session.out();
  }

  /** Says where a pod that is ready can be reached. */
  public void tell(Pod pod) {
    PodSummary summary = new PodSummary(pod, Instant.now());
    boolean done = pod.status().phase() == PodPhase.Succeeded;
    if (!summary.isReady() && !done) {
      return;
    }
    StringBuilder text = new StringBuilder("pod/" + pod.metadata().name());
    text.append(done ? " has completed" : " is ready at " + pod.status().podIP());
    List<String> ports = new ArrayList<>();
    for (Container container : pod.spec().containers()) {
      container.ports().forEach(port -> ports.add(port(pod, port)));
    }
    if (!done && !ports.isEmpty()) {
      text.append(": ").append(String.join(", ", ports));
    }
    int restarts = summary.restartCount();
    if (restarts > 0) {
      text.append("; restarted ").append(restarts).append(restarts == 1 ? " time" : " times");
    }
    out.println(text);
  }

  /** Where a port can be reached from this machine. */
  private static String port(Pod pod, ContainerPort port) {
    String name = port.name().isEmpty() ? "" : port.name() + " ";
    String own = host(pod.status().podIP()) + ":" + port.containerPort();
    if (port.hostPort() == 0) {
      return name + own;
    }
    String host = port.hostIP().isEmpty() ? "localhost" : host(port.hostIP());
    return name + host + ":" + port.hostPort() + " -> " + own;
  }

  private static String host(String ip) {
    return ip.contains(":") ? "[" + ip + "]" : ip;
  }

  /** Fetches the page that a pod is annotated with, if any, and shows it. */
  public void showPage(Pod pod) {
    String page = pod.metadata().annotations().get(PAGE);
    if (page == null || pod.status().podIP().isEmpty()) {
      return;
    }
    int slash = page.indexOf('/');
    String named = slash < 0 ? page : page.substring(0, slash);
    String port = PodTarget.port(pod, named);
    String url =
        "http://"
            + host(pod.status().podIP())
            + ":"
            + port
            + (slash < 0 ? "/" : page.substring(slash));
    out.println();
    try (Http http = new Http()) {
      List<String> lines = http.fetch(URI.create(url)).lines().toList();
      out.println(url + " says:");
      lines.stream().limit(LINES).forEach(line -> out.println("    " + line));
      if (lines.size() > LINES) {
        out.println("    … and " + (lines.size() - LINES) + " lines more");
      }
    } catch (CliFailure | IllegalArgumentException e) {
      session.err().println("gantry: annotation " + PAGE + ": " + page + ": " + e.getMessage());
    }
  }

  /** What a person may want to type now. */
  public void next(List<Applied> applied, List<Pod> pods, List<String> files) {
    Optional<Applied> first =
        applied.stream()
            .filter(a -> !a.outcome().equals("refused"))
            .filter(a -> a.kind().equals("Deployment") || a.kind().equals("Pod"))
            .findFirst();
    if (first.isEmpty()) {
      return;
    }
    String gantry = session.program();
    String in = first.get().namespace().equals("default") ? "" : " -n " + first.get().namespace();
    String name = first.get().kind().toLowerCase(Locale.ROOT) + "/" + first.get().name();
    out.println();
    out.println("Next:");
    List<Container> running =
        pods.stream()
            .filter(pod -> pod.status().phase() == PodPhase.Running)
            .flatMap(pod -> pod.spec().containers().stream())
            .toList();
    List<String> next = new ArrayList<>(List.of("get pods" + in, "describe " + name + in));
    next.add("logs -f " + name + in + " --all-containers");
    if (!running.isEmpty()) {
      next.add("exec -it " + name + in + " -- sh");
    }
    running.stream()
        .flatMap(container -> container.ports().stream())
        .findFirst()
        .ifPresent(port -> next.add("port-forward " + name + in + " 8080:" + port.containerPort()));
    next.add(files.isEmpty() ? "down --all" : down(files));
    next.forEach(line -> out.println("    " + gantry + " " + line));
  }

  /** What a person may want to type when something is wrong with pods. */
  public void afterFailure(List<Pod> pods, List<String> files) {
    List<Pod> failed =
        pods.stream().filter(p -> !new PodSummary(p, Instant.now()).isReady()).limit(3).toList();
    if (failed.isEmpty()) {
      return;
    }
    out.println();
    out.println("To see why, and to end it:");
    for (Pod pod : failed) {
      String namespace = pod.metadata().namespace();
      String in = namespace.equals("default") ? "" : " -n " + namespace;
      out.println("    " + session.program() + " describe pod " + pod.metadata().name() + in);
    }
    if (!files.isEmpty()) {
      out.println("    " + session.program() + " " + down(files));
    }
  }

  private static String down(List<String> files) {
    return "down " + files.stream().map(UpReport::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String file) {
    return file.matches("[A-Za-z0-9_./:@%+-]+") ? file : "'" + file.replace("'", "'\\''") + "'";
  }
}
