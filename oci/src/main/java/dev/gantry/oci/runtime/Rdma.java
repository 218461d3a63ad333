package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** The limits of one RDMA device. */
@Json
public record Rdma(@Nullable Integer hcaHandles, @Nullable Integer hcaObjects) {}
