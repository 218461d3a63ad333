package dev.gantry.agent.worker;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.status.Reason;
import java.util.Map;

/** Who is told what becomes of pods. */
public interface PodReports {
  /**
   * A pod is like this now; the answer is its status.
   *
   * @param reasons why containers wait, by name
   * @param over whether it will run no more
   */
  PodStatus report(Pod pod, PodSnapshot snapshot, Map<String, Reason> reasons, boolean over);

  /** A pod has failed as a whole, whatever its containers did. */
  void fail(Pod pod, String reason, String message);

  /** A pod may run: its probes begin. */
  void running(Pod pod);

  /** A pod is being ended: liveness and startup do not matter any more. */
  void ending(Pod pod);

  /** Nothing of a pod is left, and it is not wanted any more. */
  void gone(Pod pod);

  /** The worker of a pod that is gone has ended, so that another one of that id may come. */
  void left();
}
