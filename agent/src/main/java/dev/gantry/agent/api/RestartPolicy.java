package dev.gantry.agent.api;

/** When the containers of a pod are started again. */
public enum RestartPolicy {
  Always,
  OnFailure,
  Never
}
