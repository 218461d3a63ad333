package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** CPU limits: shares are weights, quota and periods are in microseconds. */
@Json
public record Cpu(
    @Nullable Long shares,
    @Nullable Long quota,
    @Nullable Long burst,
    @Nullable Long period,
    @Nullable Long realtimeRuntime,
    @Nullable Long realtimePeriod,
    @Nullable String cpus,
    @Nullable String mems,
    @Nullable Long idle) {
  public Cpu {
    cpus = Values.blankToNull(cpus);
    mems = Values.blankToNull(mems);
  }
}
