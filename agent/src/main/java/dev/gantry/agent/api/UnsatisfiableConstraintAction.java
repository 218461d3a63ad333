package dev.gantry.agent.api;

/** What a spread constraint does that cannot be met. */
public enum UnsatisfiableConstraintAction {
  DoNotSchedule,
  ScheduleAnyway
}
