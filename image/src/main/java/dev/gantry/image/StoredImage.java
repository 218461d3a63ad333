package dev.gantry.image;

import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import java.time.Instant;
import java.util.List;

/**
 * An image in the store.
 *
 * @param id digest of its configuration
 * @param repoTags names with tags that mean it, sorted
 * @param repoDigests names with the manifest's or index's digest it was pulled as, sorted
 * @param sizeBytes disk space of its layers, shared ones included, in bytes
 * @param layers base first
 * @param pinned kept by configuration: garbage collection must leave it
 */
public record StoredImage(
    Digest id,
    ImageConfig config,
    List<String> repoTags,
    List<String> repoDigests,
    long sizeBytes,
    List<LayerId> layers,
    Instant pulledAt,
    boolean pinned) {
  public StoredImage {
    repoTags = List.copyOf(repoTags);
    repoDigests = List.copyOf(repoDigests);
    layers = List.copyOf(layers);
  }
}
