package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One mount into the container, made in the order of the list. */
@Json
public record Mount(
    String destination,
    @Nullable String type,
    @Nullable String source,
    List<String> options,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings) {
  public Mount {
    destination = Values.required(destination, "destination");
    type = Values.blankToNull(type);
    source = Values.blankToNull(source);
    options = Values.list(options);
    uidMappings = Values.list(uidMappings);
    gidMappings = Values.list(gidMappings);
  }

  public Mount(String destination, String type, String source, List<String> options) {
    this(destination, type, source, options, List.of(), List.of());
  }
}
