package dev.gantry.agent.api;

/** Whether a read-only mount is so all the way down. */
public enum RecursiveReadOnlyMode {
  Disabled,
  IfPossible,
  Enabled
}
