package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One hook program; the timeout is in seconds. */
@Json
public record Hook(String path, List<String> args, List<String> env, @Nullable Integer timeout) {
  public Hook {
    path = Values.required(path, "path");
    args = Values.list(args);
    env = Values.list(env);
  }
}
