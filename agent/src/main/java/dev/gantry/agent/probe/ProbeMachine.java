package dev.gantry.agent.probe;

import dev.gantry.agent.api.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the answers to one probe come to, without a clock or a thread: it is told of a container
 * that began, and of answers, and says the verdict. The kubelet's prober/worker.go.
 */
final class ProbeMachine {
  private final ProbeKind kind;
  private final Probe probe;
  private String containerId = "";
  private boolean last;
  private int run;
  private boolean onHold;

  ProbeMachine(ProbeKind kind, Probe probe) {
    this.kind = kind;
    this.probe = probe;
  }

  /** Which container is probed. */
  String containerId() {
    return containerId;
  }

  /** Another container runs: everything begins anew. */
  void begin(String id) {
    containerId = id;
    run = 0;
    onHold = false;
  }

  /**
   * Whether it is time to ask.
   *
   * @param started whether the startup probe has succeeded, or there is none
   */
  boolean due(Instant startedAt, Instant now, boolean started) {
    if (onHold || Duration.between(startedAt, now).toSeconds() < probe.initialDelaySeconds()) {
      return false;
    }
    return (kind == ProbeKind.STARTUP) != started;
  }

  /** Takes an answer; the verdict, when there are enough of that kind in a row. */
  Optional<Verdict> answer(boolean success) {
    run = run > 0 && last == success ? run + 1 : 1;
    last = success;
    if (run < (success ? probe.successThreshold() : probe.failureThreshold())) {
      return Optional.empty();
    }
    if (kind == ProbeKind.STARTUP || (kind == ProbeKind.LIVENESS && !success)) {
      // The container is about to end, or has started: nothing more is asked until the next one.
      onHold = true;
      run = 0;
    }
    return Optional.of(success ? Verdict.SUCCESS : Verdict.FAILURE);
  }
}
