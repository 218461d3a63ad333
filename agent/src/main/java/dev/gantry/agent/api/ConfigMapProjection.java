package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a ConfigMap in a projected volume. */
public record ConfigMapProjection(String name, List<KeyToPath> items, @Nullable Boolean optional) {
  public ConfigMapProjection {
    items = Fields.list(items);
  }
}
