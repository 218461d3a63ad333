package dev.gantry.agent.api;

import java.util.List;

/** Fields of the pod in a projected volume. */
public record DownwardAPIProjection(List<DownwardAPIVolumeFile> items) {
  public DownwardAPIProjection {
    items = Fields.list(items);
  }
}
