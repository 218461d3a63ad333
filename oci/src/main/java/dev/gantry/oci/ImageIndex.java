package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One name for the images of several platforms: an OCI index or a Docker manifest list.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md">image-spec,
 *     image index</a>
 */
@Json
public record ImageIndex(
    int schemaVersion,
    @Nullable String mediaType,
    List<Descriptor> manifests,
    Map<String, String> annotations) {

  public ImageIndex {
    if (schemaVersion != 2) {
      throw new OciFormatException("image index: schemaVersion is " + schemaVersion + ", not 2");
    }
    mediaType = Values.blankToNull(mediaType);
    if (mediaType != null && !MediaTypes.isIndex(mediaType)) {
      throw new OciFormatException(
          "image index: mediaType is \"" + Text.shorten(mediaType) + "\", not that of an index");
    }
    manifests = Values.list(manifests);
    annotations = Values.map(annotations);
  }

  /**
   * Returns the entry that runs best on this platform: the exact variant before an older one that
   * it can run, and of equals the first. Entries for no platform (attestations) never match; an
   * entry without a platform matches last.
   */
  public Optional<Descriptor> choose(Platform wanted) {
    Descriptor best = null;
    int bestRank = Integer.MAX_VALUE;
    for (Descriptor manifest : manifests) {
      Platform offered = manifest.platform();
      int rank = offered == null ? Platform.UNSTATED : wanted.rank(offered);
      if (rank < bestRank) {
        best = manifest;
        bestRank = rank;
      }
    }
    return Optional.ofNullable(best);
  }
}
