package dev.gantry.agent.api;

/** How a restart rule compares exit codes. */
public enum ContainerRestartRuleOperator {
  In,
  NotIn
}
