package dev.gantry.cli.node;

import dev.gantry.agent.api.ConditionStatus;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerState;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodCondition;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** A pod in the columns of {@code kubectl get pods}; its printers' printPod. */
public final class PodSummary {
  private final Pod pod;
  private final Instant now;

  public PodSummary(Pod pod, Instant now) {
    this.pod = pod;
    this.now = now;
  }

  /** The column STATUS. */
  public String status() {
    PodStatus status = pod.status();
    String text = status.reason().isEmpty() ? phase(status) : status.reason();
    Optional<String> initializing = initializing();
    if (initializing.isPresent() && !holds("Initialized")) {
      text = initializing.get();
    } else {
      text = ofContainers(initializing.orElse(text));
    }
    return pod.metadata().deletionTimestamp() == null ? text : "Terminating";
  }

  private static String phase(PodStatus status) {
    PodPhase phase = status.phase();
    return phase == null ? "Pending" : phase.name();
  }

  private Optional<String> initializing() {
    List<Container> inits = pod.spec().initContainers();
    for (int i = 0; i < inits.size(); i++) {
      ContainerStatus status = find(pod.status().initContainerStatuses(), inits.get(i).name());
      if (status == null) {
        continue;
      }
      ContainerStateTerminated end = status.state().terminated();
      boolean sidecarUp = inits.get(i).isRestartableInit() && Boolean.TRUE.equals(status.started());
      if (sidecarUp || (end != null && end.exitCode() == 0)) {
        continue;
      }
      if (end != null) {
        return Optional.of("Init:" + (end.reason().isEmpty() ? exit(end) : end.reason()));
      }
      var waiting = status.state().waiting();
      if (waiting != null
          && !waiting.reason().isEmpty()
          && !waiting.reason().equals("PodInitializing")) {
        return Optional.of("Init:" + waiting.reason());
      }
      return Optional.of("Init:" + i + "/" + inits.size());
    }
    return Optional.empty();
  }

  private static String exit(ContainerStateTerminated end) {
    return end.signal() != 0 ? "Signal:" + end.signal() : "ExitCode:" + end.exitCode();
  }

  private static @org.jspecify.annotations.Nullable ContainerStatus find(
      List<ContainerStatus> all, String name) {
    return all.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
  }

  private String ofContainers(String phase) {
    String text = phase;
    boolean running = false;
    for (ContainerStatus status : pod.status().containerStatuses().reversed()) {
      ContainerState state = status.state();
      if (state.waiting() != null && !state.waiting().reason().isEmpty()) {
        text = state.waiting().reason();
      } else if (state.terminated() != null) {
        ContainerStateTerminated end = state.terminated();
        text = end.reason().isEmpty() ? exit(end) : end.reason();
      } else if (status.ready() && state.running() != null) {
        running = true;
      }
    }
    if (text.equals("Completed") && running) {
      return isReady() ? "Running" : "NotReady";
    }
    return text;
  }

  /** Whether the condition Ready holds. */
  public boolean isReady() {
    return holds("Ready");
  }

  private boolean holds(String condition) {
    return pod.status().conditions().stream()
        .filter(c -> c.type().equals(condition))
        .map(PodCondition::status)
        .anyMatch(s -> s == ConditionStatus.True);
  }

  /** The column READY. */
  public String ready() {
    long sidecars =
        pod.spec().initContainers().stream().filter(Container::isRestartableInit).count();
    long ready =
        pod.status().containerStatuses().stream().filter(ContainerStatus::ready).count()
            + pod.spec().initContainers().stream()
                .filter(Container::isRestartableInit)
                .map(Container::name)
                .filter(this::sidecarReady)
                .count();
    return ready + "/" + (pod.spec().containers().size() + sidecars);
  }

  private boolean sidecarReady(String name) {
    ContainerStatus status = find(pod.status().initContainerStatuses(), name);
    return status != null && status.ready();
  }

  /** How often its containers were started again. */
  public int restartCount() {
    return counted().mapToInt(ContainerStatus::restartCount).sum();
  }

  /** Init containers until they are done, then sidecars and containers, as kubectl counts. */
  private Stream<ContainerStatus> counted() {
    if (initializing().isPresent() && !holds("Initialized")) {
      return pod.status().initContainerStatuses().stream();
    }
    return Stream.concat(
        pod.spec().initContainers().stream()
            .filter(Container::isRestartableInit)
            .map(sidecar -> find(pod.status().initContainerStatuses(), sidecar.name()))
            .filter(Objects::nonNull)
            .map(Objects::requireNonNull),
        pod.status().containerStatuses().stream());
  }

  /** The column RESTARTS. */
  public String restarts() {
    int count = restartCount();
    Instant last = null;
    for (ContainerStatus status : counted().toList()) {
      ContainerStateTerminated end = status.lastState().terminated();
      Instant at = end == null ? null : end.finishedAt();
      if (at != null && (last == null || at.isAfter(last))) {
        last = at;
      }
    }
    return count == 0 || last == null ? "" + count : count + " (" + age(last) + " ago)";
  }

  /** The column AGE. */
  public String age() {
    Instant created = pod.metadata().creationTimestamp();
    return created == null ? "<unknown>" : age(created);
  }

  private String age(Instant since) {
    return duration(Duration.between(since, now));
  }

  /** As kubectl shortens a duration. */
  public static String duration(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = seconds / 60;
    if (minutes < 10) {
      return minutes + "m" + (seconds % 60 == 0 ? "" : seconds % 60 + "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    long hours = minutes / 60;
    if (hours < 8) {
      return hours + "h" + (minutes % 60 == 0 ? "" : minutes % 60 + "m");
    }
    return hours < 48 ? hours + "h" : hours / 24 + "d";
  }
}
