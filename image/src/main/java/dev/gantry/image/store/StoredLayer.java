package dev.gantry.image.store;

import dev.gantry.image.LayerId;
import dev.gantry.oci.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A layer on disk.
 *
 * @param selfContained whether it may stand on any other layer; otherwise {@code id} is the chain
 *     id it was settled for
 * @param bytes disk space in bytes
 * @param blobSize compressed bytes it came from
 * @param file the one file that it is when it is a blob of an artifact, null for an archive's tree
 */
public record StoredLayer(
    LayerId id,
    Digest diffId,
    boolean selfContained,
    long bytes,
    long inodes,
    long blobSize,
    @Nullable String file) {}
