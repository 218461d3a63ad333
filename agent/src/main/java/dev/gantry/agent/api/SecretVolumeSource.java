package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of a Secret as files. */
public record SecretVolumeSource(
    String secretName,
    List<KeyToPath> items,
    @Default("420") int defaultMode,
    @Nullable Boolean optional) {
  public SecretVolumeSource {
    items = Fields.list(items);
  }
}
