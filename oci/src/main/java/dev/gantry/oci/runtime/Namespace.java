package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** A namespace to make, or with a path, to join. */
@Json
public record Namespace(String type, @Nullable String path) {
  public Namespace {
    type = Values.required(type, "type");
    path = Values.blankToNull(path);
  }

  public static final String PID = "pid";
  public static final String NETWORK = "network";
  public static final String MOUNT = "mount";
  public static final String IPC = "ipc";
  public static final String UTS = "uts";
  public static final String USER = "user";
  public static final String CGROUP = "cgroup";

  /** Returns a new namespace of the type. */
  public static Namespace fresh(String type) {
    return new Namespace(type, null);
  }
}
