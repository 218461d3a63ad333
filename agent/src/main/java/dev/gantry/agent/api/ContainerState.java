package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** One of three; none means waiting. */
public record ContainerState(
    @Nullable ContainerStateWaiting waiting,
    @Nullable ContainerStateRunning running,
    @Nullable ContainerStateTerminated terminated) {

  /** Nothing is known. */
  public static final ContainerState NONE = new ContainerState(null, null, null);
}
