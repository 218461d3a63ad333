package dev.gantry.agent.api;

import java.util.List;

/** Several sources in one directory. */
public record ProjectedVolumeSource(
    @Always List<VolumeProjection> sources, @Default("420") int defaultMode) {
  public ProjectedVolumeSource {
    sources = Fields.list(sources);
  }
}
