package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pods, and how near they are meant. */
public record PodAffinityTerm(
    @Nullable LabelSelector labelSelector,
    List<String> namespaces,
    @Always String topologyKey,
    @Nullable LabelSelector namespaceSelector,
    List<String> matchLabelKeys,
    List<String> mismatchLabelKeys) {
  public PodAffinityTerm {
    namespaces = Fields.list(namespaces);
    matchLabelKeys = Fields.list(matchLabelKeys);
    mismatchLabelKeys = Fields.list(mismatchLabelKeys);
  }
}
