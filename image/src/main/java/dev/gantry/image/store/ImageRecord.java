package dev.gantry.image.store;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code images/<id>} holds. Digests are text here; {@code config} and {@code manifest} are
 * base64 of the very bytes that came, for their digests must stay right.
 *
 * @param layers layer ids, base first
 * @param updated when the names changed last, milliseconds since 1970; the younger record wins a
 *     tag
 * @param artifactType what it is when it is no container image, else null
 * @param removed nobody sees it any more; it is kept for the containers that still use it
 */
@Json
public record ImageRecord(
    String id,
    String config,
    String manifest,
    List<String> tags,
    List<String> digests,
    List<String> layers,
    long pulledAt,
    long updated,
    boolean removed,
    @Nullable String artifactType) {}
