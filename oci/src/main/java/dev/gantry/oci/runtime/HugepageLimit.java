package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;

/** The most bytes of huge pages of one size, such as {@code 2MB}. */
@Json
public record HugepageLimit(String pageSize, long limit) {
  public HugepageLimit {
    pageSize = Values.required(pageSize, "pageSize");
  }
}
