package dev.gantry.agent.api;

/** How a label selector compares. */
public enum LabelSelectorOperator {
  In,
  NotIn,
  Exists,
  DoesNotExist
}
