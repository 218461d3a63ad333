package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pod asks of its node. */
public record NodeAffinity(
    @Nullable NodeSelector requiredDuringSchedulingIgnoredDuringExecution,
    List<PreferredSchedulingTerm> preferredDuringSchedulingIgnoredDuringExecution) {
  public NodeAffinity {
    preferredDuringSchedulingIgnoredDuringExecution =
        Fields.list(preferredDuringSchedulingIgnoredDuringExecution);
  }
}
