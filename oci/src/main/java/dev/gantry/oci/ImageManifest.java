package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The image of one platform: its configuration and layers, base layer first.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md">image-spec,
 *     image manifest</a>
 */
@Json
public record ImageManifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    Descriptor config,
    List<Descriptor> layers,
    @Nullable Descriptor subject,
    Map<String, String> annotations) {

  public ImageManifest {
    if (schemaVersion != 2) {
      throw new OciFormatException("image manifest: schemaVersion is " + schemaVersion + ", not 2");
    }
    mediaType = Values.blankToNull(mediaType);
    if (mediaType != null && !MediaTypes.isManifest(mediaType)) {
      throw new OciFormatException(
          "image manifest: mediaType is \""
              + Text.shorten(mediaType)
              + "\", not that of a manifest");
    }
    artifactType = Values.blankToNull(artifactType);
    config = Values.required(config, "config");
    layers = Values.list(layers);
    annotations = Values.map(annotations);
  }

  public ImageManifest(String mediaType, Descriptor config, List<Descriptor> layers) {
    this(2, mediaType, null, config, layers, null, Map.of());
  }

  /** Returns whether this describes a container image, not some other artifact. */
  public boolean isImage() {
    return MediaTypes.isConfig(config.mediaType());
  }
}
