package dev.gantry.agent.status;

import dev.gantry.agent.api.ConditionStatus;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.PodCondition;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodReadinessGate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A pod's conditions; the kubelet's status/generate.go, with its reasons and messages. */
final class Conditions {
  private final StatusInput input;
  private final PodPhase phase;
  private final List<ContainerStatus> inits;
  private final List<ContainerStatus> containers;

  Conditions(
      StatusInput input,
      PodPhase phase,
      List<ContainerStatus> inits,
      List<ContainerStatus> containers) {
    this.input = input;
    this.phase = phase;
    this.inits = inits;
    this.containers = containers;
  }

  private record Word(String type, boolean holds, String reason, String message) {
    static Word yes(String type, String reason) {
      return new Word(type, true, reason, "");
    }

    static Word no(String type, String reason, String message) {
      return new Word(type, false, reason, message);
    }
  }

  List<PodCondition> all() {
    Word ready = containersReady();
    List<PodCondition> all = new ArrayList<>();
    all.add(
        condition(
            new Word(
                "PodReadyToStartContainers",
                !Restarts.needsSandbox(input.pod(), input.snapshot()),
                "",
                "")));
    all.add(condition(initialized()));
    all.add(condition(podReady(ready)));
    all.add(condition(ready));
    all.add(condition(Word.yes("PodScheduled", "")));
    return all;
  }

  /** Since when it is so: a condition that did not change keeps its moment. */
  private PodCondition condition(Word word) {
    ConditionStatus status = word.holds() ? ConditionStatus.True : ConditionStatus.False;
    Instant since =
        input.pod().status().conditions().stream()
            .filter(c -> c.type().equals(word.type()) && c.status() == status)
            .flatMap(c -> Optional.ofNullable(c.lastTransitionTime()).stream())
            .findFirst()
            .orElse(input.now());
    return new PodCondition(word.type(), 0, status, null, since, word.reason(), word.message());
  }

  private Word initialized() {
    String type = "Initialized";
    if (phase == PodPhase.Succeeded) {
      return Word.yes(type, "PodCompleted");
    }
    if (containers.stream().anyMatch(Conditions::hasStarted)) {
      return Word.yes(type, "");
    }
    List<String> incomplete = new ArrayList<>();
    for (Container container : input.pod().spec().initContainers()) {
      boolean done =
          find(inits, container)
              .map(
                  s -> container.isRestartableInit() ? Boolean.TRUE.equals(s.started()) : s.ready())
              .orElse(false);
      if (!done) {
        incomplete.add(container.name());
      }
    }
    return incomplete.isEmpty()
        ? Word.yes(type, "")
        : Word.no(
            type,
            "ContainersNotInitialized",
            "containers with incomplete status: " + list(incomplete));
  }

  private static boolean hasStarted(ContainerStatus status) {
    return Boolean.TRUE.equals(status.started())
        || status.state().running() != null
        || status.state().terminated() != null
        || status.lastState().terminated() != null;
  }

  private Word containersReady() {
    String type = "ContainersReady";
    if (phase == PodPhase.Succeeded) {
      return Word.no(type, "PodCompleted", "");
    }
    if (phase == PodPhase.Failed) {
      return Word.no(type, "PodFailed", "");
    }
    List<String> unready = new ArrayList<>();
    for (Container container : input.pod().spec().initContainers()) {
      if (container.isRestartableInit() && !ready(inits, container)) {
        unready.add(container.name());
      }
    }
    for (Container container : input.pod().spec().containers()) {
      if (!ready(containers, container)) {
        unready.add(container.name());
      }
    }
    return unready.isEmpty()
        ? Word.yes(type, "")
        : Word.no(type, "ContainersNotReady", "containers with unready status: " + list(unready));
  }

  private Word podReady(Word containersReady) {
    String type = "Ready";
    if (!containersReady.holds()) {
      return Word.no(type, containersReady.reason(), containersReady.message());
    }
    List<String> gates =
        input.pod().spec().readinessGates().stream()
            .map(PodReadinessGate::conditionType)
            .map(g -> "corresponding condition of pod readiness gate \"" + g + "\" does not exist.")
            .toList();
    return gates.isEmpty()
        ? Word.yes(type, "")
        : Word.no(type, "ReadinessGatesNotReady", String.join(", ", gates));
  }

  private static boolean ready(List<ContainerStatus> statuses, Container container) {
    return find(statuses, container).map(ContainerStatus::ready).orElse(false);
  }

  private static Optional<ContainerStatus> find(
      List<ContainerStatus> statuses, Container container) {
    return statuses.stream().filter(s -> s.name().equals(container.name())).findFirst();
  }

  /** As Go prints a list. */
  private static String list(List<String> names) {
    return "[" + String.join(" ", names) + "]";
  }
}
