package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RestartPolicy;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.probe.ProbeKind;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.probe.Verdict;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.Restarts;
import dev.gantry.agent.worker.Kill.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about a pod's init containers and sidecars; the kubelet's
 * computeInitContainerActions. It asks from the last to the first, since those that are done may
 * have been removed from the runtime: the last one that is there says how far the pod has come.
 *
 * @param initialized whether the pod's own containers may run
 * @param killPod whether the pod has failed for good
 */
record InitActions(boolean initialized, boolean killPod, List<Container> start, List<Kill> kill) {

  static InitActions compute(Pod pod, PodSnapshot snapshot, ProbeResults probes) {
    return new Computation(pod, snapshot, probes).actions();
  }

  private static final class Computation {
    private final Pod pod;
    private final PodSnapshot snapshot;
    private final ProbeResults probes;
    private final List<Container> inits;
    private final List<Integer> start = new ArrayList<>();
    private final List<Kill> kill = new ArrayList<>();
    private boolean initialized;
    private boolean later;

    Computation(Pod pod, PodSnapshot snapshot, ProbeResults probes) {
      this.pod = pod;
      this.snapshot = snapshot;
      this.probes = probes;
      this.inits = pod.spec().initContainers();
    }

    InitActions actions() {
      if (inits.isEmpty()) {
        return new InitActions(true, false, List.of(), List.of());
      }
      initialized =
          pod.spec().containers().stream().anyMatch(c -> snapshot.inSandbox(c.name()).isPresent());
      later = initialized;
      for (int i = inits.size() - 1; i >= 0; i--) {
        Container container = inits.get(i);
        // Those of an earlier sandbox did their work for that one.
        var is = snapshot.inSandbox(container.name());
        if (is.isEmpty()) {
          if (later && container.isRestartableInit()) {
            start.add(i);
          }
          continue;
        }
        if (later && !container.isRestartableInit()) {
          continue;
        }
        if (!one(i, container, is.get())) {
          return new InitActions(false, true, List.of(), kill);
        }
        later = true;
      }
      if (!later) {
        start.add(0);
      }
      List<Container> inOrder = start.stream().distinct().sorted().map(inits::get).toList();
      return new InitActions(initialized, false, inOrder, kill);
    }

    /** Decides about one that is there; false when the pod has failed for good. */
    private boolean one(int i, Container container, RuntimeContainer is) {
      switch (is.phase()) {
        case CREATED -> start.add(i); // its start failed
        case RUNNING -> {
          if (container.isRestartableInit()) {
            sidecar(i, container, is);
          }
        }
        case EXITED -> {
          return ended(i, container, is);
        }
        case UNKNOWN -> {
          if (!container.isRestartableInit()
              && Restarts.policy(pod.spec(), container) == RestartPolicy.Never) {
            return false;
          }
          kill.add(PodActions.unknown(is, "Init container"));
          start.add(i);
        }
      }
      return true;
    }

    private boolean ended(int i, Container container, RuntimeContainer is) {
      if (container.isRestartableInit()) {
        start.add(i);
        return true;
      }
      if (!is.failed()) {
        next(i);
        return true;
      }
      if (!Restarts.wanted(pod, container, snapshot)) {
        return false;
      }
      start.add(i);
      return true;
    }

    private void next(int i) {
      if (i == inits.size() - 1) {
        initialized = true;
      } else {
        start.add(i + 1);
      }
    }

    private void sidecar(int i, Container container, RuntimeContainer is) {
      if (container.startupProbe() != null) {
        Optional<Verdict> startup = probes.get(is.id(), ProbeKind.STARTUP);
        if (startup.isEmpty() || startup.get() == Verdict.UNKNOWN) {
          return;
        }
      }
      Kill end = end("Init container", container, is, probes);
      boolean neverStarted = end != null && end.cause() == Cause.STARTUP;
      if (!neverStarted && (i == inits.size() - 1 || !later)) {
        next(i);
      }
      if (end != null) {
        kill.add(end);
        start.add(i);
      }
    }
  }

  /** Why a running container is to be ended, if it is. */
  static @Nullable Kill end(
      String what, Container container, RuntimeContainer is, ProbeResults probes) {
    if (!is.specHash().isEmpty() && !is.specHash().equals(PodConfigs.hash(container))) {
      return new Kill(
          is.id(),
          container.name(),
          Cause.CHANGED,
          what + " " + container.name() + " definition changed");
    }
    if (probes.failed(is.id(), ProbeKind.LIVENESS)) {
      return new Kill(
          is.id(),
          container.name(),
          Cause.LIVENESS,
          what + " " + container.name() + " failed liveness probe");
    }
    if (probes.failed(is.id(), ProbeKind.STARTUP)) {
      return new Kill(
          is.id(),
          container.name(),
          Cause.STARTUP,
          what + " " + container.name() + " failed startup probe");
    }
    return null;
  }
}
