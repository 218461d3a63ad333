package dev.gantry.agent.api;

import java.util.List;

/** What a pod asks of the pods beside it. */
@Refused(
    field = "requiredDuringSchedulingIgnoredDuringExecution",
    remedy =
        "one node has no other place to offer; use preferredDuringSchedulingIgnoredDuringExecution or leave it out")
public record PodAffinity(
    List<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution) {
  public PodAffinity {
    preferredDuringSchedulingIgnoredDuringExecution =
        Fields.list(preferredDuringSchedulingIgnoredDuringExecution);
  }
}
