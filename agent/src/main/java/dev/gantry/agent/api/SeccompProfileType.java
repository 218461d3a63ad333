package dev.gantry.agent.api;

/** Which seccomp profile confines a container. */
public enum SeccompProfileType {
  Unconfined,
  RuntimeDefault,
  Localhost
}
