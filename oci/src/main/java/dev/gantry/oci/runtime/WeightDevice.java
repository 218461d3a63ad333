package dev.gantry.oci.runtime;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** The weight of one block device. */
@Json
public record WeightDevice(
    long major, long minor, @Nullable Integer weight, @Nullable Integer leafWeight) {}
