package dev.gantry.agent.runtime;

import dev.gantry.cri.v1.ContainerState;

/** What the runtime says about a container. */
public enum ContainerPhase {
  CREATED,
  RUNNING,
  EXITED,
  UNKNOWN;

  static ContainerPhase of(ContainerState state) {
    return switch (state) {
      case CONTAINER_CREATED -> CREATED;
      case CONTAINER_RUNNING -> RUNNING;
      case CONTAINER_EXITED -> EXITED;
      case CONTAINER_UNKNOWN, UNRECOGNIZED -> UNKNOWN;
    };
  }
}
