package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a ConfigMap as files. */
public record ConfigMapVolumeSource(
    String name,
    List<KeyToPath> items,
    @Default("420") int defaultMode,
    @Nullable Boolean optional) {
  public ConfigMapVolumeSource {
    items = Fields.list(items);
  }
}
