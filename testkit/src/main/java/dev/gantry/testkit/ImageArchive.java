package dev.gantry.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes images as the tar files that people carry them in. */
public final class ImageArchive {
  private ImageArchive() {}

  /**
   * Writes an OCI image layout as a tar file.
   *
   * @param artifacts by the name that the archive gives them
   * @see <a
   *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md">image-spec,
   *     image layout</a>
   */
  public static void ociLayout(Path tar, Map<String, TestArtifact> artifacts) throws IOException {
    write(tar, ociLayout(artifacts));
  }

  /** Returns the entries of an OCI image layout. */
  public static List<TarEntry> ociLayout(Map<String, TestArtifact> artifacts) {
    List<Object> manifests = new ArrayList<>();
    Map<String, byte[]> blobs = new LinkedHashMap<>();
    artifacts.forEach((name, artifact) -> {
      Map<String, Object> descriptor =
          TestImage.descriptor(artifact.mediaType(), artifact.manifest());
      descriptor.put(
          "annotations",
          Map.of(
              "io.containerd.image.name",
              name,
              "org.opencontainers.image.ref.name",
              name.substring(name.lastIndexOf(':') + 1)));
      manifests.add(descriptor);
      collect(artifact, blobs);
    });
    List<TarEntry> entries = new ArrayList<>();
    entries.add(TarEntry.dir("blobs", 0755));
    entries.add(TarEntry.dir("blobs/sha256", 0755));
    blobs.forEach((digest, blob) ->
        entries.add(TarEntry.file("blobs/sha256/" + Hash.hex(digest), 0644, blob)));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", TestImage.Format.OCI.index());
    index.put("manifests", manifests);
    entries.add(TarEntry.file("index.json", Json.text(index)));
    entries.add(TarEntry.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"));
    return entries;
  }

  /** Writes what {@code docker save} writes: images by repository tag. */
  public static void dockerSave(Path tar, Map<String, TestImage> images) throws IOException {
    write(tar, dockerSave(images));
  }

  /** Returns the entries of a {@code docker save} archive. */
  public static List<TarEntry> dockerSave(Map<String, TestImage> images) {
    List<TarEntry> entries = new ArrayList<>();
    List<Object> manifest = new ArrayList<>();
    Set<String> written = new LinkedHashSet<>();
    images.forEach((tag, image) -> {
      List<String> layers = new ArrayList<>();
      for (TestLayer layer : image.layers()) {
        String directory = Hash.hex(layer.diffId());
        layers.add(directory + "/layer.tar");
        if (written.add(directory)) {
          entries.add(TarEntry.dir(directory, 0755));
          entries.add(TarEntry.file(directory + "/VERSION", "1.0"));
          entries.add(TarEntry.file(directory + "/layer.tar", 0644, layer.tar()));
        }
      }
      String config = Hash.hex(image.id()) + ".json";
      if (written.add(config)) {
        entries.add(TarEntry.file(config, 0644, image.config()));
      }
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("Config", config);
      item.put("RepoTags", tag.isEmpty() ? null : List.of(tag));
      item.put("Layers", layers);
      manifest.add(item);
    });
    entries.add(TarEntry.file("manifest.json", Json.text(manifest)));
    return entries;
  }

  /** Writes any entries as a tar file. */
  public static void write(Path tar, List<TarEntry> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(tar);
        TarWriter writer = new TarWriter(out)) {
      for (TarEntry entry : entries) {
        writer.add(entry);
      }
    }
  }

  private static void collect(TestArtifact artifact, Map<String, byte[]> blobs) {
    blobs.put(artifact.digest(), artifact.manifest());
    blobs.putAll(artifact.blobs());
    artifact.children().forEach(child -> collect(child, blobs));
  }
}
