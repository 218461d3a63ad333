package dev.gantry.image;

import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import java.util.List;

/**
 * The verified documents of one image, with the bytes their digests are of.
 *
 * @param id digest of the configuration
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, handed from one owner to the next
record ImageDocuments(
    Digest id,
    byte[] manifestBytes,
    ImageManifest manifest,
    byte[] configBytes,
    ImageConfig config) {
  /** overlayfs takes no more lower directories (OVL_MAX_STACK). */
  private static final int MOST_LAYERS = 500;

  static ImageDocuments of(
      byte[] manifestBytes,
      ImageManifest manifest,
      byte[] configBytes,
      Digest id,
      Platform platform)
      throws UnsupportedImageException {
    ImageConfig config = OciJson.parse(configBytes, ImageConfig.class);
    List<Digest> diffIds = config.rootfs().diffIds();
    if (diffIds.size() != manifest.layers().size()) {
      throw new UnsupportedImageException(
          "the manifest has "
              + manifest.layers().size()
              + " layers, the configuration names "
              + diffIds.size());
    }
    verifyPlatform(config, platform);
    return new ImageDocuments(id, manifestBytes, manifest, configBytes, config);
  }

  static void verifyPlatform(ImageConfig config, Platform platform)
      throws UnsupportedImageException {
    if (config.architecture() != null && !platform.runs(config.platform())) {
      throw new UnsupportedImageException(
          "the image is for " + config.platform() + ", this node is " + platform);
    }
  }

  static void verifyLayers(ImageManifest manifest) throws UnsupportedImageException {
    if (manifest.layers().size() > MOST_LAYERS) {
      throw new UnsupportedImageException(
          manifest.layers().size() + " layers; overlayfs takes " + MOST_LAYERS);
    }
    String configType = manifest.config().mediaType();
    if (!manifest.isImage() && !configType.equals("application/octet-stream")) {
      throw new UnsupportedImageException(
          "an artifact of type "
              + (manifest.artifactType() == null ? configType : manifest.artifactType())
              + ", not a container image");
    }
    for (Descriptor layer : manifest.layers()) {
      String type = layer.mediaType();
      if (MediaTypes.isForeignLayer(type)
          && (!layer.urls().isEmpty() || type.contains(".foreign."))) {
        throw new UnsupportedImageException(
            "layer "
                + layer.digest()
                + " is foreign ("
                + type
                + "): registries do not hold it, and Gantry fetches layers from registries only");
      }
    }
  }
}
