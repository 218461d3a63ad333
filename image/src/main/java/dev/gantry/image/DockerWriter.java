package dev.gantry.image;

import dev.gantry.image.ImageExporter.Chosen;
import dev.gantry.image.archive.BlobSink;
import dev.gantry.image.layer.LayerPacker;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Writes images as {@code docker save} does. */
final class DockerWriter {
  private final BlobSink sink;

  DockerWriter(BlobSink sink) {
    this.sink = sink;
  }

  void write(List<Chosen> images) throws IOException {
    var manifest = new ArrayList<Object>();
    for (Chosen image : images) {
      manifest.add(image(image));
    }
    sink.put("manifest.json", OciJson.toJson(manifest));
    sink.finish();
  }

  private Object image(Chosen image) throws IOException {
    ImageContent content = image.content();
    if (OutgoingManifest.isArtifact(content)) {
      throw new UnsupportedImageException(
          "an artifact cannot be in a docker archive; export it as an OCI layout");
    }
    byte[] config = content.config();
    String configName = content.image().id().hex() + ".json";
    if (!sink.has(configName, config.length)) {
      sink.put(configName, config);
    }
    var layers = new ArrayList<String>();
    for (LayerId id : content.image().layers()) {
      layers.add(layer(content, id));
    }
    var entry = new LinkedHashMap<String, Object>();
    entry.put("Config", configName);
    entry.put(
        "RepoTags", image.tags().stream().map(t -> ImageReference.parse(t).familiar()).toList());
    entry.put("Layers", layers);
    return entry;
  }

  private String layer(ImageContent content, LayerId id) throws IOException {
    Digest diffId = content.diffId(id);
    String name = diffId.hex() + ".tar";
    try {
      long size = content.tarSize(id);
      if (!sink.has(name, size)) {
        sink.put(
            name,
            size,
            out -> {
              try (InputStream tar = content.openTar(id)) {
                LayerPacker.copy(tar, out, n -> {});
              }
            });
      }
      return name;
    } catch (ImageException e) {
      throw e.during("layer " + diffId);
    }
  }
}
