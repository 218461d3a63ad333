package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a Secret in a projected volume. */
public record SecretProjection(String name, List<KeyToPath> items, @Nullable Boolean optional) {
  public SecretProjection {
    items = Fields.list(items);
  }
}
