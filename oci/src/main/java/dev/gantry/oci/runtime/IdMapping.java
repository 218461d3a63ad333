package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;

/** Maps a run of ids in the container to one of the host's of the same length. */
@Json
public record IdMapping(
    @Json.Property("containerID") long containerId,
    @Json.Property("hostID") long hostId,
    long size) {}
