package dev.gantry.agent.probe;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Probe;
import java.util.Optional;

/** What a probe decides about. */
public enum ProbeKind {
  /** Failing, it ends the container. */
  LIVENESS("Liveness"),
  /** Decides whether the container is ready. */
  READINESS("Readiness"),
  /** Until it succeeds the other two wait; failing, it ends the container. */
  STARTUP("Startup");

  private final String title;

  ProbeKind(String title) {
    this.title = title;
  }

  /** As it begins an event's message. */
  String title() {
    return title;
  }

  /** A container's probe of this kind. */
  Optional<Probe> of(Container container) {
    return Optional.ofNullable(
        switch (this) {
          case LIVENESS -> container.livenessProbe();
          case READINESS -> container.readinessProbe();
          case STARTUP -> container.startupProbe();
        });
  }

  /** What holds before the first verdict: alive, not ready, not known to have started. */
  Verdict initial() {
    return switch (this) {
      case LIVENESS -> Verdict.SUCCESS;
      case READINESS -> Verdict.FAILURE;
      case STARTUP -> Verdict.UNKNOWN;
    };
  }
}
