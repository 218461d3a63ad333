package dev.gantry.agent.api;

import java.util.List;

/** Requirements of which a node has to meet all. */
public record NodeSelectorTerm(
    List<NodeSelectorRequirement> matchExpressions, List<NodeSelectorRequirement> matchFields) {
  public NodeSelectorTerm {
    matchExpressions = Fields.list(matchExpressions);
    matchFields = Fields.list(matchFields);
  }
}
