package dev.gantry.agent.status;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerState;
import dev.gantry.agent.api.ContainerStateRunning;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStateWaiting;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.VolumeMountStatus;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The status of each container; the kubelet's convertToAPIContainerStatuses. */
final class ContainerStatuses {
  private static final int LOST = 137;

  private final StatusInput input;
  private final Readiness readiness;
  private final TerminationMessages messages;
  private final String runtimeName;

  ContainerStatuses(
      StatusInput input, Readiness readiness, TerminationMessages messages, String runtimeName) {
    this.input = input;
    this.readiness = readiness;
    this.messages = messages;
    this.runtimeName = runtimeName;
  }

  List<ContainerStatus> of(List<Container> containers, List<ContainerStatus> before) {
    List<ContainerStatus> all = new ArrayList<>();
    for (Container container : containers) {
      Optional<ContainerStatus> old =
          before.stream().filter(s -> s.name().equals(container.name())).findFirst();
      all.add(probed(container, old, waiting(container, one(container, old))));
    }
    return all;
  }

  private ContainerStatus one(Container container, Optional<ContainerStatus> old) {
    PodSnapshot snapshot = input.snapshot();
    Optional<RuntimeContainer> is = snapshot.container(container.name());
    if (is.isEmpty()) {
      return old.flatMap(this::lost).orElseGet(() -> notYet(container));
    }
    ContainerState last =
        snapshot
            .previous(container.name())
            .map(this::state)
            .or(() ->
                old.filter(o -> o.containerID().equals(id(is.get())))
                    .map(ContainerStatus::lastState))
            .orElse(ContainerState.NONE);
    return make(container, state(is.get()), last, is.get());
  }

  /** One that is not there, but was: it is not as if it had never run. */
  private Optional<ContainerStatus> lost(ContainerStatus old) {
    if (old.state().terminated() != null) {
      return Optional.of(old);
    }
    if (old.state().running() == null) {
      return Optional.empty();
    }
    var end =
        new ContainerStateTerminated(
            LOST,
            0,
            "ContainerStatusUnknown",
            "The container could not be located when the pod was deleted.  The container used to"
                + " be Running",
            null,
            null,
            "");
    boolean restarted = input.pod().metadata().deletionTimestamp() == null;
    return Optional.of(
        old.withState(new ContainerState(creating(), null, null))
            .withLastState(new ContainerState(null, null, end))
            .withRestartCount(old.restartCount() + (restarted ? 1 : 0)));
  }

  private ContainerStateWaiting creating() {
    boolean init = !input.pod().spec().initContainers().isEmpty();
    return new ContainerStateWaiting(init ? "PodInitializing" : "ContainerCreating", "");
  }

  private ContainerStatus notYet(Container container) {
    return new ContainerStatus(
        container.name(),
        new ContainerState(creating(), null, null),
        ContainerState.NONE,
        false,
        0,
        container.image(),
        "",
        "",
        false,
        Map.of(),
        null,
        mounts(container),
        null,
        "");
  }

  private ContainerStatus make(
      Container container, ContainerState state, ContainerState last, RuntimeContainer is) {
    return new ContainerStatus(
        container.name(),
        state,
        last,
        false,
        is.restartCount(),
        is.image().isEmpty() || is.image().startsWith("sha256:") ? container.image() : is.image(),
        is.imageRef(),
        id(is),
        false,
        container.resources().requests(),
        container.resources(),
        mounts(container),
        null,
        "");
  }

  private static List<VolumeMountStatus> mounts(Container container) {
    return container.volumeMounts().stream()
        .map(m -> new VolumeMountStatus(m.name(), m.mountPath(), m.readOnly(), null))
        .toList();
  }

  private String id(RuntimeContainer is) {
    return runtimeName + "://" + is.id();
  }

  private ContainerState state(RuntimeContainer is) {
    return switch (is.phase()) {
      case RUNNING -> new ContainerState(null, new ContainerStateRunning(is.startedAt()), null);
      case CREATED, UNKNOWN -> new ContainerState(new ContainerStateWaiting("", ""), null, null);
      case EXITED ->
          new ContainerState(
              null,
              null,
              new ContainerStateTerminated(
                  is.exitCode(),
                  0,
                  reason(is),
                  messages.of(is),
                  is.startedAt(),
                  is.finishedAt(),
                  id(is)));
    };
  }

  private static String reason(RuntimeContainer is) {
    return !is.reason().isEmpty() ? is.reason() : is.exitCode() == 0 ? "Completed" : "Error";
  }

  /** One that could not be started, or waits to be started again, waits. */
  private ContainerStatus waiting(Container container, ContainerStatus status) {
    Pod pod = input.pod();
    PodSnapshot snapshot = input.snapshot();
    Optional<RuntimeContainer> is = snapshot.container(container.name());
    boolean init = pod.spec().initContainers().contains(container);
    if (init
        && is.filter(c -> c.exited() && c.exitCode() == 0).isPresent()
        && !container.isRestartableInit()) {
      return status;
    }
    if (init
        && is.isEmpty()
        && status.state().waiting() != null
        && initialized()
        && !container.isRestartableInit()) {
      return status.withState(
          new ContainerState(
              null,
              null,
              new ContainerStateTerminated(
                  0,
                  0,
                  "Completed",
                  "Unable to get init container status from container runtime and pod has been"
                      + " initialized, treat it as exited normally",
                  null,
                  null,
                  "")));
    }
    Reason reason = input.reasons().get(container.name());
    if (reason == null || input.over() || !Restarts.wanted(pod, container, snapshot)) {
      return status;
    }
    ContainerStatus waits =
        status.state().terminated() == null ? status : status.withLastState(status.state());
    return waits.withState(
        new ContainerState(
            new ContainerStateWaiting(reason.reason(), reason.message()), null, null));
  }

  private boolean initialized() {
    return input.pod().spec().containers().stream()
        .anyMatch(c -> input.snapshot().container(c.name()).isPresent());
  }

  private ContainerStatus probed(
      Container container, Optional<ContainerStatus> old, ContainerStatus status) {
    boolean init = input.pod().spec().initContainers().contains(container);
    if (init && !container.isRestartableInit()) {
      ContainerStateTerminated end = status.state().terminated();
      return status
          .withReady(end != null && end.exitCode() == 0)
          .withStarted(status.state().running() != null);
    }
    Optional<RuntimeContainer> is =
        input
            .snapshot()
            .container(container.name())
            .filter(c -> c.phase() == ContainerPhase.RUNNING);
    if (is.isEmpty() || status.state().running() == null) {
      return status.withReady(false).withStarted(false);
    }
    String id = is.get().id();
    boolean same = old.filter(o -> o.containerID().equals(status.containerID())).isPresent();
    boolean started =
        readiness.started(input.pod(), container, id)
            || (same && Boolean.TRUE.equals(old.get().started()));
    boolean ready =
        started
            && readiness
                .ready(input.pod(), container, id)
                .orElseGet(() -> container.readinessProbe() == null || (same && old.get().ready()));
    return status.withStarted(started).withReady(ready);
  }
}
