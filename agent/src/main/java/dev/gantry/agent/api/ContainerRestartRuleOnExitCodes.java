package dev.gantry.agent.api;

import java.util.List;

/** The exit codes of a restart rule. */
public record ContainerRestartRuleOnExitCodes(
    ContainerRestartRuleOperator operator, List<Integer> values) {
  public ContainerRestartRuleOnExitCodes {
    values = Fields.list(values);
  }

  /** Whether the rule is about this exit code. */
  public boolean matches(int exitCode) {
    return values.contains(exitCode) == (operator == ContainerRestartRuleOperator.In);
  }
}
