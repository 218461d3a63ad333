package dev.gantry.oci;

/**
 * The media types of manifests, configurations and layers, OCI's and Docker's.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md">image-spec,
 *     media types</a>
 */
public final class MediaTypes {
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
  public static final String OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
  public static final String OCI_LAYER_FOREIGN =
      "application/vnd.oci.image.layer.nondistributable.v1.tar";
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_MANIFEST_V1 =
      "application/vnd.docker.distribution.manifest.v1+json";
  public static final String DOCKER_MANIFEST_V1_SIGNED =
      "application/vnd.docker.distribution.manifest.v1+prettyjws";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
  public static final String DOCKER_LAYER_GZIP =
      "application/vnd.docker.image.rootfs.diff.tar.gzip";
  public static final String DOCKER_LAYER_ZSTD =
      "application/vnd.docker.image.rootfs.diff.tar.zstd";
  public static final String DOCKER_LAYER_FOREIGN_GZIP =
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

  /** A configuration of artifacts, two bytes of JSON that say nothing. */
  public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";

  /** The compressions of a layer blob. */
  public enum Compression {
    NONE,
    GZIP,
    ZSTD
  }

  private MediaTypes() {}

  /** Returns whether this is an OCI index or a Docker manifest list. */
  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_INDEX);
  }

  /** Returns whether this is an OCI or a Docker schema 2 manifest of one image. */
  public static boolean isManifest(String mediaType) {
    return mediaType.equals(OCI_MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
  }

  /** Returns whether this is an image configuration. */
  public static boolean isConfig(String mediaType) {
    return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }

  /** Returns whether this is a file system layer of any kind. */
  public static boolean isLayer(String mediaType) {
    return mediaType.startsWith("application/vnd.oci.image.layer.")
        || (mediaType.startsWith("application/vnd.docker.image.rootfs.")
            && mediaType.contains("diff.tar"));
  }

  /** Returns whether registries need not have this layer (Windows base layers). */
  public static boolean isForeignLayer(String mediaType) {
    return isLayer(mediaType)
        && (mediaType.contains(".nondistributable.") || mediaType.contains(".foreign."));
  }

  /** Returns how a layer of this type is compressed, by its suffix. */
  public static Compression compression(String mediaType) {
    if (mediaType.endsWith("+gzip") || mediaType.endsWith(".gzip")) {
      return Compression.GZIP;
    }
    if (mediaType.endsWith("+zstd") || mediaType.endsWith(".zstd")) {
      return Compression.ZSTD;
    }
    return Compression.NONE;
  }
}
