package dev.gantry.agent.api;

/** How a node selector compares. */
public enum NodeSelectorOperator {
  In,
  NotIn,
  Exists,
  DoesNotExist,
  Gt,
  Lt
}
