package dev.gantry.agent.status;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import java.util.Optional;

/** What the probes say of a container; asked while a status is made. */
public interface Readiness {
  /** Whether its startup probe has succeeded; true when it has none. */
  boolean started(Pod pod, Container container, String containerId);

  /** The verdict of its readiness probe; empty when there is none yet. */
  Optional<Boolean> ready(Pod pod, Container container, String containerId);
}
