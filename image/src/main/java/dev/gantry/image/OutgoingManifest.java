package dev.gantry.image;

import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.MediaTypes.Compression;
import dev.gantry.oci.OciJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The manifest with which an image leaves: the very one that it came with while all its layers
 * leave as they came, else a new one. The configuration, and so the image's id, is always the same.
 *
 * @param digest of the bytes
 * @param original whether it is the one that the image came with
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record OutgoingManifest(byte[] bytes, String mediaType, Digest digest, boolean original) {

  /** The manifest that an image came with. */
  public static Optional<ImageManifest> original(ImageContent content) {
    byte[] bytes = content.manifest();
    return bytes.length == 0
        ? Optional.empty()
        : Optional.of(OciJson.parse(bytes, ImageManifest.class));
  }

  /** Digest of the configuration: the image's id, but of an artifact that of its manifest. */
  public static Digest configDigest(ImageContent content) {
    return original(content).map(m -> m.config().digest()).orElse(content.image().id());
  }

  /** An artifact's files leave as they are, or it would be another artifact. */
  public static boolean isArtifact(ImageContent content) {
    return content.image().artifactType() != null;
  }

  /**
   * @param layers what goes for each layer, base layer first
   */
  public static OutgoingManifest of(ImageContent content, List<Descriptor> layers) {
    Optional<ImageManifest> original = original(content);
    if (original.isPresent() && digests(original.get().layers()).equals(digests(layers))) {
      String type = original.get().mediaType();
      return new OutgoingManifest(
          content.manifest(),
          type == null ? MediaTypes.OCI_MANIFEST : type,
          Digest.sha256Of(content.manifest()),
          true);
    }
    byte[] bytes =
        OciJson.toJson(
            new ImageManifest(
                2,
                MediaTypes.OCI_MANIFEST,
                null,
                config(content),
                layers.stream().map(OutgoingManifest::oci).toList(),
                null,
                original.map(ImageManifest::annotations).orElse(Map.of())));
    return new OutgoingManifest(bytes, MediaTypes.OCI_MANIFEST, Digest.sha256Of(bytes), false);
  }

  private static List<Digest> digests(List<Descriptor> layers) {
    return layers.stream().map(Descriptor::digest).toList();
  }

  /** A Docker layer in an OCI manifest is understood by some tools only. */
  private static Descriptor oci(Descriptor layer) {
    return layer.mediaType().startsWith("application/vnd.docker.")
        ? new Descriptor(
            layerType(MediaTypes.compression(layer.mediaType())), layer.digest(), layer.size())
        : layer;
  }

  private static Descriptor config(ImageContent content) {
    return new Descriptor(MediaTypes.OCI_CONFIG, content.image().id(), content.config().length);
  }

  /** The media type of a layer that was compressed here. */
  public static String layerType(Compression compression) {
    return switch (compression) {
      case NONE -> MediaTypes.OCI_LAYER;
      case GZIP -> MediaTypes.OCI_LAYER_GZIP;
      case ZSTD -> MediaTypes.OCI_LAYER_ZSTD;
    };
  }
}
