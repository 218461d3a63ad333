package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How evenly replicas spread; on one node they always do. */
public record TopologySpreadConstraint(
    @Always int maxSkew,
    @Always String topologyKey,
    UnsatisfiableConstraintAction whenUnsatisfiable,
    @Nullable LabelSelector labelSelector,
    @Nullable Integer minDomains,
    @Nullable NodeInclusionPolicy nodeAffinityPolicy,
    @Nullable NodeInclusionPolicy nodeTaintsPolicy,
    List<String> matchLabelKeys) {
  public TopologySpreadConstraint {
    matchLabelKeys = Fields.list(matchLabelKeys);
  }
}
