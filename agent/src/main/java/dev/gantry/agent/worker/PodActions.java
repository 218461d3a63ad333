package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RestartPolicy;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.status.Restarts;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be done so that a pod is as it should be; the kubelet's computePodActions
 * (kuberuntime_manager.go), whose order of questions is kept.
 *
 * @param killPod whether everything that runs is to be ended first
 * @param createSandbox whether a sandbox is to be made
 * @param sandboxId the sandbox in use; empty when there is none
 * @param attempt the number of the sandbox
 * @param init init containers to start, in order
 * @param containers containers to start
 * @param ephemeral ephemeral containers to start
 * @param kill containers to end, without the pod
 * @param reset whether the pod's containers are to be removed, so that it begins anew
 */
public record PodActions(
    boolean killPod,
    boolean createSandbox,
    String sandboxId,
    int attempt,
    List<Container> init,
    List<Container> containers,
    List<Container> ephemeral,
    List<Kill> kill,
    boolean reset) {
  public PodActions {
    init = List.copyOf(init);
    containers = List.copyOf(containers);
    ephemeral = List.copyOf(ephemeral);
    kill = List.copyOf(kill);
  }

  /** Whether there is nothing to be done. */
  public boolean none() {
    return !killPod && !createSandbox && !reset && kill.isEmpty() && starts() == 0;
  }

  private int starts() {
    return init.size() + containers.size() + ephemeral.size();
  }

  /** Computes them. */
  public static PodActions compute(Pod pod, PodSnapshot snapshot, ProbeResults probes) {
    return new Computation(pod, snapshot, probes).actions();
  }

  /** The computation with what it has found so far. */
  private static final class Computation {
    private final Pod pod;
    private final PodSnapshot snapshot;
    private final ProbeResults probes;
    private final List<Kill> kill = new ArrayList<>();
    private final List<Container> start = new ArrayList<>();

    Computation(Pod pod, PodSnapshot snapshot, ProbeResults probes) {
      this.pod = pod;
      this.snapshot = snapshot;
      this.probes = probes;
    }

    PodActions actions() {
      String sandbox = snapshot.sandboxes().isEmpty() ? "" : snapshot.sandboxes().getFirst().id();
      if (Restarts.needsSandbox(pod, snapshot)) {
        return anew(sandbox);
      }
      int attempt = snapshot.sandboxes().getFirst().attempt();
      if (allRestart()) {
        return new PodActions(
            false, false, sandbox, attempt, List.of(), List.of(), List.of(), List.of(), true);
      }
      List<Container> ephemeral = ephemeral();
      var init = InitActions.compute(pod, snapshot, probes);
      kill.addAll(init.kill());
      if (init.killPod() || !init.initialized()) {
        return new PodActions(
            init.killPod(),
            false,
            sandbox,
            attempt,
            init.start(),
            List.of(),
            ephemeral,
            kill,
            false);
      }
      boolean done = containers();
      return new PodActions(
          done,
          false,
          sandbox,
          attempt,
          done ? List.of() : init.start(),
          start,
          ephemeral,
          kill,
          false);
    }

    /** There is no usable sandbox: the pod begins anew, unless it has ended for good. */
    private PodActions anew(String sandbox) {
      int attempt =
          snapshot.sandboxes().isEmpty() ? 0 : snapshot.sandboxes().getFirst().attempt() + 1;
      boolean created = !snapshot.containers().isEmpty();
      boolean over = !Restarts.possible(pod.spec()) && attempt != 0 && created;
      for (Container container : pod.spec().containers()) {
        boolean once = Restarts.policy(pod.spec(), container) == RestartPolicy.OnFailure;
        if (!(once && succeeded(container))) {
          start.add(container);
        }
      }
      boolean initialized =
          pod.spec().containers().stream().anyMatch(c -> snapshot.container(c.name()).isPresent());
      if (over || (start.isEmpty() && initialized)) {
        return new PodActions(
            true, false, sandbox, attempt, List.of(), List.of(), List.of(), List.of(), false);
      }
      List<Container> inits = pod.spec().initContainers();
      return new PodActions(
          true,
          true,
          sandbox,
          attempt,
          inits.isEmpty() ? List.of() : List.of(inits.getFirst()),
          inits.isEmpty() ? start : List.of(),
          List.of(),
          List.of(),
          false);
    }

    private boolean succeeded(Container container) {
      return snapshot
          .container(container.name())
          .filter(c -> c.exited() && c.exitCode() == 0)
          .isPresent();
    }

    private boolean allRestart() {
      List<Container> all = new ArrayList<>(pod.spec().initContainers());
      all.addAll(pod.spec().containers());
      return all.stream()
          .anyMatch(c ->
              snapshot.inSandbox(c.name()).filter(is -> Restarts.restartsAll(c, is)).isPresent());
    }

    /** They start once, whatever becomes of them, and do not wait for init containers. */
    private List<Container> ephemeral() {
      return pod.spec().ephemeralContainers().stream()
          .map(e -> e.container())
          .filter(c -> snapshot.container(c.name()).isEmpty())
          .toList();
    }

    /** What becomes of the pod's containers; true when none is left to keep or to start. */
    private boolean containers() {
      int keep = 0;
      for (Container container : pod.spec().containers()) {
        var is = snapshot.container(container.name());
        if (is.isEmpty() || !is.get().running()) {
          notRunning(container);
          continue;
        }
        String id = is.get().id();
        Kill end = end(container, is.get(), probes);
        if (end == null) {
          keep++;
          continue;
        }
        boolean again =
            end.cause() == Kill.Cause.CHANGED
                || Restarts.policy(pod.spec(), container) != RestartPolicy.Never;
        if (again) {
          start.add(container);
        }
        String message = again ? end.message() + ", will be restarted" : end.message();
        kill.add(new Kill(id, container.name(), end.cause(), message));
      }
      return keep == 0 && start.isEmpty();
    }

    private void notRunning(Container container) {
      if (!Restarts.wanted(pod, container, snapshot)) {
        return;
      }
      start.add(container);
      snapshot
          .container(container.name())
          .filter(is -> is.phase() == dev.gantry.agent.runtime.ContainerPhase.UNKNOWN)
          .ifPresent(is -> kill.add(unknown(is, "Container")));
    }
  }

  /** A container of which nobody knows whether it runs is ended before another one is started. */
  static Kill unknown(RuntimeContainer is, String what) {
    return new Kill(
        is.id(),
        is.name(),
        Kill.Cause.UNKNOWN_STATE,
        what + " is in \"unknown\" state, try killing it before restart");
  }

  private static @org.jspecify.annotations.Nullable Kill end(
      Container container, RuntimeContainer is, ProbeResults probes) {
    return InitActions.end("Container", container, is, probes);
  }
}
