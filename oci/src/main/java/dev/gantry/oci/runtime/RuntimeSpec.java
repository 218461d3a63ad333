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

  /** Starts from a specification of {@link #VERSION} with nothing else set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Starts from this. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.ociVersion = ociVersion;
    builder.process = process;
    builder.root = root;
    builder.hostname = hostname;
    builder.mounts = mounts;
    builder.hooks = hooks;
    builder.annotations = annotations;
    builder.linux = linux;
    return builder;
  }

  /** Collects what a specification is made of. */
  public static final class Builder {
    private String ociVersion = VERSION;
    private @Nullable Process process;
    private @Nullable Root root;
    private @Nullable String hostname;
    private List<Mount> mounts = List.of();
    private @Nullable Hooks hooks;
    private Map<String, String> annotations = Map.of();
    private @Nullable Linux linux;

    private Builder() {}

    public Builder process(@Nullable Process value) {
      process = value;
      return this;
    }

    public Builder root(@Nullable Root value) {
      root = value;
      return this;
    }

    public Builder hostname(@Nullable String value) {
      hostname = value;
      return this;
    }

    public Builder mounts(List<Mount> value) {
      mounts = value;
      return this;
    }

    public Builder hooks(@Nullable Hooks value) {
      hooks = value;
      return this;
    }

    public Builder annotations(Map<String, String> value) {
      annotations = value;
      return this;
    }

    public Builder linux(@Nullable Linux value) {
      linux = value;
      return this;
    }

    public RuntimeSpec build() {
      return new RuntimeSpec(
          ociVersion, process, root, hostname, mounts, hooks, annotations, linux);
    }
  }
}
