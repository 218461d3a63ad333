package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;

/** The root file system: its path, relative to the bundle or absolute. */
@Json
public record Root(String path, boolean readonly) {
  public Root {
    path = Values.required(path, "path");
  }
}
