package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Points to a blob: its type, digest and size in bytes.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md">image-spec,
 *     content descriptors</a>
 */
@Json
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    @Nullable Platform platform,
    @Nullable String artifactType) {

  public Descriptor {
    mediaType = Values.required(mediaType, "mediaType");
    digest = Values.required(digest, "digest");
    if (size < 0) {
      throw new OciFormatException("descriptor of " + digest + ": negative size " + size);
    }
    urls = Values.list(urls);
    annotations = Values.map(annotations);
    artifactType = Values.blankToNull(artifactType);
  }

  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, List.of(), Map.of(), null, null);
  }

  /** Returns the same descriptor for this platform. */
  public Descriptor withPlatform(Platform newPlatform) {
    return new Descriptor(mediaType, digest, size, urls, annotations, newPlatform, artifactType);
  }
}
