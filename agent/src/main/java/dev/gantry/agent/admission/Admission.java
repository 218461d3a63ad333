package dev.gantry.agent.admission;

import dev.gantry.agent.api.Pod;
import java.util.List;

/** Whether a pod fits on this node: the kubelet's own checks, with its reasons. */
@SuppressWarnings("DoNotCallSuggester")
public final class Admission {
  private Admission() {}

  /**
   * Decides about a pod.
   *
   * @param active the pods that are here and not finished, without this one
   */
  public static Decision admit(Pod pod, List<Pod> active, Node node) {
    throw new UnsupportedOperationException(pod.reference() + active + node);
  }
}
