package dev.gantry.agent.api;

/** Where a termination message is read. */
public enum TerminationMessagePolicy {
  File,
  FallbackToLogsOnError
}
