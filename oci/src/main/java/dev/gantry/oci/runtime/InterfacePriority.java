package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;

/** The priority of packets through one interface. */
@Json
public record InterfacePriority(String name, long priority) {
  public InterfacePriority {
    name = Values.required(name, "name");
  }
}
