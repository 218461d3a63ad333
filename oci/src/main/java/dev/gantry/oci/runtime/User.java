package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ids a process runs with; ids are unsigned 32-bit numbers. */
@Json
public record User(long uid, long gid, @Nullable Integer umask, List<Long> additionalGids) {
  public User {
    additionalGids = Values.list(additionalGids);
  }

  public static final User ROOT = new User(0, 0);

  public User(long uid, long gid) {
    this(uid, gid, null, List.of());
  }
}
