package dev.gantry.cli.node;

import dev.gantry.agent.api.ContainerState;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.http.Applied;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Waits until pods are ready, and finds out why they are not. */
public final class PodWait {
  // What only a person can mend: a container that waits for one of these waits for good.
  private static final Set<String> HOPELESS =
      Set.of("ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError");

  // What may pass, but is worth saying when it has happened more than once.
  private static final Set<String> STUCK =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "CrashLoopBackOff",
          "CreateContainerError",
          "RunContainerError");
  private static final Duration PROOF = Duration.ofSeconds(1);
  private static final Duration PROOF_AFTER_RESTART = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofSeconds(3);
  private static final Duration STUCK_FOR = Duration.ofSeconds(15);

  private final Session session;
  private final NodeClient node;
  private final Map<String, Instant> stuckSince = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();

  public PodWait(Session session, NodeClient node) {
    this.session = session;
    this.node = node;
  }

  /**
   * How it went.
   *
   * @param pods those that were waited for, as they are now
   * @param problems what is wrong, one line for each pod that is not ready
   */
  public record Result(List<Pod> pods, List<String> problems) {}

  /** Waits for the pods of what was applied; says what goes on when that takes long. */
  public Result await(List<Applied> applied, Duration limit) {
    Instant deadline = Instant.now().plus(limit);
    Instant quiet = Instant.now().plus(QUIET);
    while (true) {
      List<KubeObject> all = node.objects();
      List<Pod> pods = wanted(all, applied);
      boolean complete = pods.size() >= expected(all, applied);
      boolean settled = complete && pods.stream().allMatch(this::settled) && reported(pods);
      if (settled || Instant.now().isAfter(deadline)) {
        List<String> problems = new ArrayList<>();
        if (!complete) {
          problems.add("not all pods have been made within " + limit.toSeconds() + " s");
        }
        pods.stream().filter(p -> !ready(p)).forEach(p -> problems.add(problem(p)));
        return new Result(pods, problems);
      }
      if (Instant.now().isAfter(quiet)) {
        pods.forEach(this::tell);
      }
      sleep();
    }
  }

  /** Right after its start a node shows what was so before. */
  private boolean reported(List<Pod> pods) {
    return !(node.node().get("unreported") instanceof List<?> old)
        || pods.stream().noneMatch(p -> old.contains(p.metadata().uid()));
  }

  private void tell(Pod pod) {
    PodSummary summary = new PodSummary(pod, Instant.now());
    String text = summary.status() + ", " + summary.ready() + " ready";
    if (!text.equals(told.put(pod.metadata().uid(), text))) {
      session.err().println("  waiting for pod/" + pod.metadata().name() + ": " + text);
    }
  }

  private static long expected(List<KubeObject> all, List<Applied> applied) {
    long pods = applied.stream().filter(a -> isTaken(a) && a.kind().equals("Pod")).count();
    return pods + deployments(all, applied).mapToLong(d -> d.spec().replicas()).sum();
  }

  private static boolean isTaken(Applied applied) {
    return !applied.outcome().equals("refused");
  }

  private static Stream<Deployment> deployments(List<KubeObject> all, List<Applied> applied) {
    return all.stream()
        .filter(Deployment.class::isInstance)
        .map(Deployment.class::cast)
        .filter(d -> applied.stream().anyMatch(a -> a.uid().equals(d.metadata().uid())));
  }

  /** Those that are to be there; not those which they replace. */
  private static List<Pod> wanted(List<KubeObject> all, List<Applied> applied) {
    List<Deployment> deployments = deployments(all, applied).toList();
    return all.stream()
        .filter(Pod.class::isInstance)
        .map(Pod.class::cast)
        .filter(p -> p.metadata().deletionTimestamp() == null)
        .filter(p ->
            applied.stream().anyMatch(a -> a.uid().equals(p.metadata().uid()))
                || deployments.stream().anyMatch(d -> Owners.isWanted(p, d)))
        .toList();
  }

  private boolean settled(Pod pod) {
    if ((ready(pod) && stays(pod)) || pod.status().phase() == PodPhase.Failed) {
      return true;
    }
    List<String> reasons = new ArrayList<>();
    List<ContainerStatus> all = new ArrayList<>(pod.status().initContainerStatuses());
    all.addAll(pod.status().containerStatuses());
    for (ContainerStatus status : all) {
      var waiting = status.state().waiting();
      if (waiting != null) {
        reasons.add(waiting.reason());
      }
    }
    if (reasons.stream().anyMatch(HOPELESS::contains)) {
      return true;
    }
    // What fails is tried again, and looks well in between: the time goes on until it is ready.
    Instant since = stuckSince.get(pod.metadata().uid());
    if (reasons.stream().noneMatch(STUCK::contains)) {
      return false;
    }
    if (since == null) {
      stuckSince.put(pod.metadata().uid(), Instant.now());
    }
    return since != null && Instant.now().isAfter(since.plus(STUCK_FOR));
  }

  /** Without a probe a container is ready as soon as it runs, and may end at once. */
  private static boolean stays(Pod pod) {
    return pod.status().containerStatuses().stream()
        .filter(status -> status.state().running() != null)
        .allMatch(status -> {
          var running = Objects.requireNonNull(status.state().running());
          Instant started = Objects.requireNonNullElse(running.startedAt(), Instant.EPOCH);
          Duration proof = status.restartCount() == 0 ? PROOF : PROOF_AFTER_RESTART;
          return Instant.now().isAfter(started.plus(proof));
        });
  }

  private static boolean ready(Pod pod) {
    return pod.status().phase() == PodPhase.Succeeded
        || new PodSummary(pod, Instant.now()).isReady();
  }

  private String problem(Pod pod) {
    String name = "pod/" + pod.metadata().name();
    String status = new PodSummary(pod, Instant.now()).status();
    if (!pod.status().message().isEmpty()) {
      return name + ": " + status + ": " + pod.status().message();
    }
    List<ContainerStatus> all = new ArrayList<>(pod.status().initContainerStatuses());
    all.addAll(pod.status().containerStatuses());
    for (ContainerStatus container : all) {
      Optional<String> problem = problem(pod, container);
      if (problem.isPresent()) {
        return name + ": container " + container.name() + ": " + problem.get();
      }
    }
    return name + ": " + status + lastWarning(pod);
  }

  private Optional<String> problem(Pod pod, ContainerStatus container) {
    ContainerState state = container.state();
    ContainerStateTerminated end = state.terminated();
    var waiting = state.waiting();
    if (waiting != null && waiting.reason().equals("CrashLoopBackOff")) {
      end = container.lastState().terminated();
    }
    if (end != null && (end.exitCode() != 0 || waiting != null)) {
      return Optional.of(
          "%s, exit code %d%s%s; see %s logs %s%s -c %s"
              .formatted(
                  end.reason(),
                  end.exitCode(),
                  container.restartCount() == 0
                      ? ""
                      : " after " + container.restartCount() + " restarts",
                  end.message().isEmpty() ? "" : ": " + end.message().strip(),
                  session.program(),
                  pod.metadata().name(),
                  pod.metadata().namespace().equals("default")
                      ? ""
                      : " -n " + pod.metadata().namespace(),
                  container.name()));
    }
    return waiting == null || waiting.message().isEmpty()
        ? Optional.empty()
        : Optional.of(waiting.reason() + ": " + waiting.message());
  }

  private String lastWarning(Pod pod) {
    List<Event> warnings =
        node.events().stream()
            .filter(e -> e.involvedObject().uid().equals(pod.metadata().uid()))
            .filter(e -> e.type().equals("Warning"))
            .toList();
    return warnings.isEmpty()
        ? "; see gantry describe pod/" + pod.metadata().name()
        : ": " + warnings.getLast().reason() + ": " + warnings.getLast().message();
  }

  private void sleep() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      session.debug(() -> "interrupted");
      throw CliFailure.of("wait for pods: interrupted", e);
    }
  }
}
