package dev.gantry.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** One step of how an image was built. */
@Json
public record History(
    @Nullable String created,
    @Json.Property("created_by") @Nullable String createdBy,
    @Nullable String author,
    @Nullable String comment,
    @Json.Property("empty_layer") boolean emptyLayer) {}
