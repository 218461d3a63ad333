package dev.gantry.image;

import dev.gantry.image.archive.ImageArchive;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageConfig;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code docker save} writes: {@code manifest.json} names configurations and layers by path.
 * Only diff ids are stated there, so only they are verified.
 */
final class DockerArchive {
  private final Path file;
  private final ImageArchive archive;
  private final Platform platform;

  DockerArchive(Path file, ImageArchive archive, Platform platform) {
    this.file = file;
    this.archive = archive;
    this.platform = platform;
  }

  List<ImageImporter.Found> images() throws IOException {
    byte[] json = archive.bytes("manifest.json", OciJson.MAX_BYTES);
    var found = new ArrayList<ImageImporter.Found>();
    if (!(OciJson.parse(json, Object.class) instanceof List<?> images)) {
      throw new ArchiveException(file, "manifest.json is not a list", null);
    }
    for (Object image : images) {
      if (!(image instanceof Map<?, ?> map) || !(map.get("Config") instanceof String config)) {
        throw new ArchiveException(file, "manifest.json names no Config", null);
      }
      found.add(image(config, strings(map.get("Layers")), strings(map.get("RepoTags"))));
    }
    if (found.isEmpty()) {
      throw new ArchiveException(file, "there is no image in it", null);
    }
    return found;
  }

  private ImageImporter.Found image(String configName, List<String> layers, List<String> tags)
      throws IOException {
    byte[] bytes = archive.bytes(configName, OciJson.MAX_BYTES);
    ImageConfig config = OciJson.parse(bytes, ImageConfig.class);
    List<Digest> diffIds = config.rootfs().diffIds();
    if (diffIds.size() != layers.size()) {
      throw new ArchiveException(
          file,
          "manifest.json has " + layers.size() + " layers, " + configName + " " + diffIds.size(),
          null);
    }
    ImageDocuments.verifyPlatform(config, platform);
    List<Digest> chainIds = config.chainIds();
    var plans = new ArrayList<LayerPlan>();
    for (int i = 0; i < layers.size(); i++) {
      String name = layers.get(i);
      plans.add(
          new LayerPlan(
              null,
              archive.size(name),
              diffIds.get(i),
              chainIds.get(i),
              () -> archive.stream(name)));
    }
    Digest id = Digest.sha256Of(bytes);
    var names = new ArrayList<String>();
    for (String tag : tags) {
      names.add(ImageReference.parse(tag).toString());
    }
    return new ImageImporter.Found(
        new ImageDocuments(id, new byte[0], manifest(id, bytes.length), bytes, config),
        plans,
        new ImageNames(names, List.of()));
  }

  /** Such an archive has no manifest; nobody reads this one. */
  private static ImageManifest manifest(Digest config, long size) {
    return new ImageManifest(
        MediaTypes.DOCKER_MANIFEST,
        new Descriptor(MediaTypes.DOCKER_CONFIG, config, size),
        List.of());
  }

  private List<String> strings(@org.jspecify.annotations.Nullable Object value)
      throws ArchiveException {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
      throw new ArchiveException(file, "manifest.json: not a list of strings", null);
    }
    return list.stream().map(String.class::cast).toList();
  }
}
