package dev.gantry.oci.runtime;

import dev.gantry.oci.Values;
import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The whole of an OCI bundle's {@code config.json}. */
@Json
public record RuntimeSpec(
    String ociVersion,
    @Nullable Process process,
    @Nullable Root root,
    @Nullable String hostname,
    List<Mount> mounts,
    @Nullable Hooks hooks,
    Map<String, String> annotations,
    @Nullable Linux linux) {
  public RuntimeSpec {
    ociVersion = Values.required(ociVersion, "ociVersion");
    hostname = Values.blankToNull(hostname);
    mounts = Values.list(mounts);
    annotations = Values.map(annotations);
  }

  /** The version that every supported runtime reads; crun 1.8.1 refuses a newer one. */
  public static final String VERSION = "1.0.2";
}
