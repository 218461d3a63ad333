package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;

/**
 * What an OCI runtime says that it knows, by its command {@code features}.
 *
 * @see <a href="https://github.com/opencontainers/runtime-spec/blob/main/features.md">runtime-spec,
 *     features</a>
 */
@Json
public record Features(List<String> mountOptions) {
  public Features {
    mountOptions = Values.list(mountOptions);
  }
}
