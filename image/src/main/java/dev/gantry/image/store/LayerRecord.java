package dev.gantry.image.store;

import io.avaje.jsonb.Json;

/** What {@code layers/<id>/layer} holds. */
@Json
record LayerRecord(String diffId, boolean selfContained, long bytes, long inodes, long blobSize) {}
