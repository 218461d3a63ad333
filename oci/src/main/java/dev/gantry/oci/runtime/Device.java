package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** A device node to make; type is {@code c}, {@code b}, {@code u} or {@code p}. */
@Json
public record Device(
    String path,
    String type,
    long major,
    long minor,
    @Nullable Integer fileMode,
    @Nullable Long uid,
    @Nullable Long gid) {
  public Device {
    path = Values.required(path, "path");
    type = Values.required(type, "type");
  }
}
