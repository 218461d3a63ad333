package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.layer.LayerInput;
import dev.gantry.oci.ContainerDefaults;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import dev.gantry.oci.RootFs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The verified documents of one image, with the bytes their digests are of.
 *
 * @param id digest of the configuration; of an artifact, of the manifest
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, handed from one owner to the next
record ImageDocuments(
    Digest id,
    byte[] manifestBytes,
    ImageManifest manifest,
    byte[] configBytes,
    ImageConfig config) {
  /** Of artifacts, which have none that we could read. */
  static final ImageConfig NO_CONFIG =
      new ImageConfig(
          null,
          null,
          null,
          null,
          null,
          ContainerDefaults.NONE,
          new RootFs("layers", List.of()),
          List.of());

  /** The names that oras and other tools give files; a blob without one is called by its hex. */
  private static final List<String> TITLES =
      List.of("org.opencontainers.image.title", "org.cncf.model.filepath");

  /** overlayfs takes no more lower directories (OVL_MAX_STACK). */
  private static final int MOST_LAYERS = 500;

  static ImageDocuments of(
      byte[] manifestBytes,
      ImageManifest manifest,
      byte[] configBytes,
      Digest id,
      Platform platform)
      throws UnsupportedImageException {
    if (artifactType(manifest) != null) {
      return new ImageDocuments(
          Digest.sha256Of(manifestBytes), manifestBytes, manifest, configBytes, NO_CONFIG);
    }
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

  /** What an artifact is; null for a container image. */
  static @Nullable String artifactType(ImageManifest manifest) {
    String config = manifest.config().mediaType();
    // Some old registries call every blob the latter.
    if (manifest.isImage() || config.equals("application/octet-stream")) {
      return null;
    }
    String type = manifest.artifactType();
    return type == null ? config : type;
  }

  @Nullable String artifactType() {
    return artifactType(manifest);
  }

  /**
   * What has to be fetched, base layer first.
   *
   * @param source opens the blob of a layer
   */
  List<LayerPlan> plans(Function<Descriptor, LayerInput.Source> source) {
    var plans = new ArrayList<LayerPlan>();
    boolean artifact = artifactType() != null;
    List<Digest> diffIds = config.rootfs().diffIds();
    List<Digest> chainIds = config.chainIds();
    for (int i = 0; i < manifest.layers().size(); i++) {
      Descriptor layer = manifest.layers().get(i);
      LayerInput.Source stored = foreign(layer, source.apply(layer));
      plans.add(
          artifact
              ? filePlan(layer, stored)
              : new LayerPlan(
                  layer.digest(), layer.size(), diffIds.get(i), chainIds.get(i), stored));
    }
    return plans;
  }

  /** A registry may hold foreign layers, though it need not. */
  private static LayerInput.Source foreign(Descriptor layer, LayerInput.Source source) {
    if (!MediaTypes.isForeignLayer(layer.mediaType())) {
      return source;
    }
    return () -> {
      try {
        return source.open();
      } catch (RegistryException e) {
        throw e.kind() == RegistryException.Kind.NOT_FOUND ? refused(layer, e) : e;
      } catch (ArchiveException e) {
        throw refused(layer, e);
      }
    };
  }

  private static UnsupportedImageException refused(Descriptor layer, ImageException absent) {
    var refusal =
        new UnsupportedImageException(
            "layer "
                + layer.digest()
                + " is foreign ("
                + layer.mediaType()
                + "), it is not where the image is ("
                + absent.getMessage()
                + "), and Gantry does not fetch layers from "
                + (layer.urls().isEmpty() ? "elsewhere" : String.join(", ", layer.urls())));
    refusal.addSuppressed(absent);
    return refusal;
  }

  /** The same bytes under two names are two layers. */
  private static LayerPlan filePlan(Descriptor blob, LayerInput.Source source) {
    String name =
        TITLES.stream()
            .map(blob.annotations()::get)
            .filter(t -> t != null && !t.isEmpty())
            .findFirst()
            .orElse(blob.digest().hex());
    byte[] identity = ("artifact file\0" + name + "\0" + blob.digest()).getBytes(UTF_8);
    return new LayerPlan(
        blob.digest(), blob.size(), blob.digest(), Digest.sha256Of(identity), source, name);
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
  }
}
