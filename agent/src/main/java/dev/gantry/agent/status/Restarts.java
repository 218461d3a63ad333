package dev.gantry.agent.status;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerRestartRule;
import dev.gantry.agent.api.ContainerRestartRuleAction;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.RestartPolicy;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a container that has ended is started again: the pod's policy, its own, its rules. */
public final class Restarts {
  private Restarts() {}

  /** Whether a container that is not running is to be started. */
  public static boolean wanted(Pod pod, Container container, PodSnapshot snapshot) {
    if (pod.metadata().deletionTimestamp() != null) {
      return false;
    }
    return snapshot
        .container(container.name())
        .map(is ->
            switch (is.phase()) {
              case RUNNING -> false;
              case CREATED, UNKNOWN -> true;
              case EXITED -> afterExit(pod.spec(), container, is.exitCode());
            })
        .orElse(true);
  }

  /** Whether a container is started again after this exit code. */
  public static boolean afterExit(PodSpec spec, Container container, int exitCode) {
    Optional<ContainerRestartRule> rule = rule(container, exitCode);
    if (rule.isPresent()) {
      return true; // both actions start it again
    }
    return switch (policy(spec, container)) {
      case Always -> true;
      case OnFailure -> exitCode != 0;
      case Never -> false;
    };
  }

  /** The policy that holds for a container. */
  public static RestartPolicy policy(PodSpec spec, Container container) {
    RestartPolicy own = container.restartPolicy();
    return own == null ? spec.restartPolicy() : own;
  }

  /** Whether a container's end, by its rules, starts every container of the pod again. */
  public static boolean restartsAll(Container container, RuntimeContainer is) {
    return is.phase() == ContainerPhase.EXITED
        && rule(container, is.exitCode())
            .filter(r -> r.action() == ContainerRestartRuleAction.RestartAllContainers)
            .isPresent();
  }

  private static Optional<ContainerRestartRule> rule(Container container, int exitCode) {
    return container.restartPolicyRules().stream()
        .filter(r -> r.exitCodes() != null && r.exitCodes().matches(exitCode))
        .findFirst();
  }

  /** Whether any of a pod's containers may be started again after it has failed. */
  public static boolean possible(PodSpec spec) {
    List<Container> all = new ArrayList<>(spec.containers());
    all.addAll(spec.initContainers());
    return spec.restartPolicy() != RestartPolicy.Never
        || all.stream()
            .anyMatch(c ->
                !c.restartPolicyRules().isEmpty()
                    || (c.restartPolicy() != null && c.restartPolicy() != RestartPolicy.Never));
  }

  /** Whether a pod needs a new sandbox: none, none that is ready, or not the right network. */
  public static boolean needsSandbox(Pod pod, PodSnapshot snapshot) {
    if (snapshot.sandboxes().isEmpty()) {
      return true;
    }
    PodSnapshot.Sandbox last = snapshot.sandboxes().getFirst();
    long ready = snapshot.sandboxes().stream().filter(PodSnapshot.Sandbox::ready).count();
    boolean hostNetwork = pod.spec().hostNetwork();
    return ready > 1
        || !last.ready()
        || last.hostNetwork() != hostNetwork
        || (!hostNetwork && last.ips().isEmpty());
  }
}
