package dev.gantry.agent.api;

import java.util.List;

/** Fields of the pod as files. */
public record DownwardAPIVolumeSource(
    List<DownwardAPIVolumeFile> items, @Default("420") int defaultMode) {
  public DownwardAPIVolumeSource {
    items = Fields.list(items);
  }
}
