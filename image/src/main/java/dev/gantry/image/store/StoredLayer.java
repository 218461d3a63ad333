package dev.gantry.image.store;

import dev.gantry.image.LayerId;
import dev.gantry.oci.Digest;

/**
 * A layer on disk.
 *
 * @param selfContained whether it may stand on any other layer; otherwise {@code id} is the chain
 *     id it was settled for
 * @param bytes disk space in bytes
 * @param blobSize compressed bytes it came from
 */
public record StoredLayer(
    LayerId id, Digest diffId, boolean selfContained, long bytes, long inodes, long blobSize) {}
