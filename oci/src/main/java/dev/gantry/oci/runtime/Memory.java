package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** Memory limits in bytes, -1 for none. */
@Json
public record Memory(
    @Nullable Long limit,
    @Nullable Long reservation,
    @Nullable Long swap,
    @Nullable Long kernel,
    @Json.Property("kernelTCP") @Nullable Long kernelTcp,
    @Nullable Long swappiness,
    @Json.Property("disableOOMKiller") @Nullable Boolean disableOomKiller,
    @Nullable Boolean useHierarchy,
    @Nullable Boolean checkBeforeUpdate) {

  /** Returns a limit on memory and on memory and swap together. */
  public static Memory limits(@Nullable Long limit, @Nullable Long swap) {
    return new Memory(limit, null, swap, null, null, null, null, null, null);
  }
}
