package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;

/** The most processes and threads; 0 or less is no limit. */
@Json
public record Pids(long limit) {}
