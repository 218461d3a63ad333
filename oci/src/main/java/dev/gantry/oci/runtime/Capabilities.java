package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;

/** The five capability sets of a process, by names such as {@code CAP_CHOWN}. */
@Json
public record Capabilities(
    List<String> bounding,
    List<String> effective,
    List<String> inheritable,
    List<String> permitted,
    List<String> ambient) {
  public Capabilities {
    bounding = Values.list(bounding);
    effective = Values.list(effective);
    inheritable = Values.list(inheritable);
    permitted = Values.list(permitted);
    ambient = Values.list(ambient);
  }

  /**
   * Returns the sets of a container that has these capabilities: bounding, effective and permitted,
   * but not inheritable or ambient, as every runtime does since CVE-2022-24769.
   */
  public static Capabilities of(List<String> names) {
    return new Capabilities(names, names, List.of(), names, List.of());
  }
}
