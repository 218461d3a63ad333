package dev.gantry.image.store;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/** What {@code layers/<id>/layer} holds. */
@Json
record LayerRecord(
    String diffId,
    boolean selfContained,
    long bytes,
    long inodes,
    long blobSize,
    @Nullable String file) {}
