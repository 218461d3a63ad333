package dev.gantry.agent.api;

/** Whether a resize restarts a container. */
public enum ResizeRestartPolicy {
  NotRequired,
  RestartContainer
}
