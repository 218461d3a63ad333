package dev.gantry.agent.api;

/** What a restart rule does. */
public enum ContainerRestartRuleAction {
  Restart,
  RestartAllContainers
}
