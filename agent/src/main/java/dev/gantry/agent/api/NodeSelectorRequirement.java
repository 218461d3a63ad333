package dev.gantry.agent.api;

import java.util.List;

/** A comparison with a label or field of a node. */
public record NodeSelectorRequirement(
    @Always String key, NodeSelectorOperator operator, List<String> values) {
  public NodeSelectorRequirement {
    values = Fields.list(values);
  }
}
