package dev.gantry.agent.worker;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.HTTPGetAction;
import dev.gantry.agent.api.LifecycleHandler;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.probe.HttpCheck;
import dev.gantry.agent.probe.Ports;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.RuntimeCallException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Runs what a container's life-cycle hooks ask for: a command, a request, a pause. */
final class Hooks {
  /** The kubelet gives a hook's request as long as the pod has; this bounds one that has no end. */
  private static final Duration HTTP_LIMIT = Duration.ofMinutes(2);

  private final PodRuntime runtime;
  private final List<String> nodeIps;

  /**
   * Hooks.
   *
   * @param nodeIps the addresses of pods on the node's network
   */
  Hooks(PodRuntime runtime, List<String> nodeIps) {
    this.runtime = runtime;
    this.nodeIps = List.copyOf(nodeIps);
  }

  /**
   * Runs a hook and waits for its end.
   *
   * @param ips the pod's addresses
   * @throws HookException that says how it failed
   */
  void run(
      LifecycleHandler hook,
      Pod pod,
      Container container,
      String containerId,
      List<String> ips,
      Duration limit)
      throws HookException, InterruptedException {
    if (hook.exec() != null) {
      exec(hook.exec().command(), containerId, limit);
    } else if (hook.httpGet() != null) {
      get(hook.httpGet(), container, pod.spec().hostNetwork() ? nodeIps : ips, limit);
    } else if (hook.sleep() != null) {
      Duration pause = Duration.ofSeconds(hook.sleep().seconds());
      Thread.sleep(limit.isZero() || pause.compareTo(limit) < 0 ? pause : limit);
    } else {
      throw new HookException("invalid handler: only exec, httpGet and sleep are known");
    }
  }

  private void exec(List<String> command, String containerId, Duration limit) throws HookException {
    try {
      var result = runtime.exec(containerId, command, limit);
      if (result.exitCode() != 0) {
        throw new HookException(
            "command '%s' exited with %d: %s"
                .formatted(String.join(" ", command), result.exitCode(), result.output()));
      }
    } catch (RuntimeCallException e) {
      if (e.cancelled()) {
        throw e;
      }
      throw new HookException(e.detail(), e);
    }
  }

  private static void get(
      HTTPGetAction action, Container container, List<String> ips, Duration limit)
      throws HookException {
    String host = !action.host().isEmpty() ? action.host() : ips.isEmpty() ? "" : ips.getFirst();
    try {
      var answer =
          HttpCheck.get(
              action,
              host,
              Ports.resolve(action.port(), container),
              "kube-lifecycle",
              limit.isZero() ? HTTP_LIMIT : limit);
      if (answer.status() >= 400) {
        throw new HookException("the request was answered with " + answer.status());
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new HookException(String.valueOf(e.getMessage()), e);
    }
  }

  /** A hook that failed. */
  static final class HookException extends Exception {
    private static final long serialVersionUID = 1;

    HookException(String message) {
      super(message);
    }

    HookException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
