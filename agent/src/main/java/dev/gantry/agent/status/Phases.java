package dev.gantry.agent.status;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerState;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A pod's phase from its containers' states; the kubelet's getPhase (kubelet_pods.go). */
final class Phases {
  private final PodSpec spec;
  private final List<ContainerStatus> inits;
  private final List<ContainerStatus> containers;
  private int pendingInits;
  private int pendingSidecars;
  private int failedForGood;
  private int unknown;
  private int running;
  private int waiting;
  private int stopped;
  private int stoppedForGood;
  private int succeeded;

  private Phases(PodSpec spec, List<ContainerStatus> inits, List<ContainerStatus> containers) {
    this.spec = spec;
    this.inits = inits;
    this.containers = containers;
  }

  /**
   * The phase.
   *
   * @param over whether containers are not started any more, whatever their policy
   * @param initialized whether a container of the pod has been started
   */
  static PodPhase of(
      PodSpec spec,
      List<ContainerStatus> inits,
      List<ContainerStatus> containers,
      boolean over,
      boolean initialized) {
    Phases phases = new Phases(spec, inits, containers);
    phases.count();
    return phases.decide(over, initialized);
  }

  private void count() {
    for (Container container : spec.initContainers()) {
      ContainerState state = state(inits, container);
      if (container.isRestartableInit()) {
        sidecar(container, state);
      } else {
        init(container, state);
      }
    }
    for (Container container : spec.containers()) {
      container(container, state(containers, container));
    }
  }

  private static @Nullable ContainerState state(
      List<ContainerStatus> statuses, Container container) {
    return find(statuses, container).map(ContainerStatus::state).orElse(null);
  }

  private static Optional<ContainerStatus> find(
      List<ContainerStatus> statuses, Container container) {
    return statuses.stream().filter(s -> s.name().equals(container.name())).findFirst();
  }

  private void init(Container container, @Nullable ContainerState state) {
    ContainerStateTerminated end = end(inits, container, state);
    if (end == null) {
      pendingInits++;
    } else if (end.exitCode() != 0) {
      if (Restarts.afterExit(spec, container, end.exitCode())) {
        pendingInits++;
      } else {
        failedForGood++;
      }
    }
  }

  /** How a container ended, now or, while it waits, the last time. */
  private static @Nullable ContainerStateTerminated end(
      List<ContainerStatus> statuses, Container container, @Nullable ContainerState state) {
    if (state == null || state.running() != null) {
      return null;
    }
    return state.terminated() != null
        ? state.terminated()
        : find(statuses, container).map(s -> s.lastState().terminated()).orElse(null);
  }

  private void sidecar(Container container, @Nullable ContainerState state) {
    if (state == null) {
      unknown++;
    } else if (state.running() != null) {
      boolean started =
          find(inits, container).map(s -> Boolean.TRUE.equals(s.started())).orElse(false);
      pendingSidecars += started ? 0 : 1;
      running++;
    } else if (state.waiting() != null && end(inits, container, state) == null) {
      pendingSidecars++;
      waiting++;
    }
  }

  private void container(Container container, @Nullable ContainerState state) {
    if (state == null) {
      unknown++;
      return;
    }
    if (state.running() != null) {
      running++;
      return;
    }
    ContainerStateTerminated end = end(containers, container, state);
    if (end == null) {
      waiting++;
      return;
    }
    stopped++;
    if (!Restarts.afterExit(spec, container, end.exitCode())) {
      stoppedForGood++;
    }
    if (state.terminated() != null && end.exitCode() == 0) {
      succeeded++;
    }
  }

  private PodPhase decide(boolean over, boolean initialized) {
    if (failedForGood > 0) {
      return PodPhase.Failed;
    }
    if (pendingInits > 0 || (pendingSidecars > 0 && !initialized) || waiting > 0) {
      return PodPhase.Pending;
    }
    if (running > 0 && unknown == 0) {
      return PodPhase.Running;
    }
    if (stopped == 0 || unknown > 0) {
      return PodPhase.Pending;
    }
    if (!over && stopped != stoppedForGood) {
      return PodPhase.Running;
    }
    return stopped == succeeded ? PodPhase.Succeeded : PodPhase.Failed;
  }
}
