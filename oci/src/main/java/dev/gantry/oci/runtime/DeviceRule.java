package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** Allows or denies access to devices; absent numbers mean all of them. */
@Json
public record DeviceRule(
    boolean allow,
    @Nullable String type,
    @Nullable Long major,
    @Nullable Long minor,
    @Nullable String access) {
  public DeviceRule {
    type = Values.blankToNull(type);
    access = Values.blankToNull(access);
  }

  /** Denies every access to every device: the rule that the list of allowed ones follows. */
  public static final DeviceRule DENY_ALL = new DeviceRule(false, null, null, null, "rwm");
}
