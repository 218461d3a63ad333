package dev.gantry.agent.api;

import java.util.List;

/** Terms of which a node has to meet one. */
public record NodeSelector(@Always List<NodeSelectorTerm> nodeSelectorTerms) {
  public NodeSelector {
    nodeSelectorTerms = Fields.list(nodeSelectorTerms);
  }
}
