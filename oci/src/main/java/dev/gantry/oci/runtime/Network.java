package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The class id and priorities of packets. */
@Json
public record Network(
    @Json.Property("classID") @Nullable Long classId, List<InterfacePriority> priorities) {
  public Network {
    priorities = Values.list(priorities);
  }
}
