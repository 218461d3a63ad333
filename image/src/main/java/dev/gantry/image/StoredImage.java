package dev.gantry.image;

import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image in the store.
 *
 * @param id digest of its configuration; of an artifact, whose configuration is most often the
 *     empty one, of its manifest
 * @param repoTags names with tags that mean it, sorted
 * @param repoDigests names with the manifest's or index's digest it was pulled as, sorted
 * @param sizeBytes disk space of its layers, shared ones included, in bytes
 * @param layers base first
 * @param pinned kept by configuration: garbage collection must leave it
 * @param artifactType its type when it is an OCI artifact, whose layers are files; null for a
 *     container image
 */
public record StoredImage(
    Digest id,
    ImageConfig config,
    List<String> repoTags,
    List<String> repoDigests,
    long sizeBytes,
    List<LayerId> layers,
    Instant pulledAt,
    boolean pinned,
    @Nullable String artifactType) {
  public StoredImage {
    repoTags = List.copyOf(repoTags);
    repoDigests = List.copyOf(repoDigests);
    layers = List.copyOf(layers);
  }
}
