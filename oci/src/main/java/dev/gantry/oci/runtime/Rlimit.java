package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;

/** A resource limit, such as {@code RLIMIT_NOFILE}; the values are unsigned 64-bit numbers. */
public record Rlimit(String type, long hard, long soft) {
  public Rlimit {
    type = Values.required(type, "type");
  }

  /** The value that means no limit, {@code RLIM_INFINITY}. */
  public static final long UNLIMITED = -1;
}
