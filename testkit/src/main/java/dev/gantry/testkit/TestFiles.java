package dev.gantry.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An OCI artifact of files, as {@code oras push} makes it; no container image. */
public final class TestFiles implements TestArtifact {
  private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);

  private final Map<String, byte[]> blobs = new LinkedHashMap<>();
  private final byte[] document;

  private TestFiles(String type, Map<String, byte[]> files) {
    blobs.put(Hash.sha256(EMPTY), EMPTY);
    List<Object> layers = new ArrayList<>();
    files.forEach((title, content) -> {
      blobs.put(Hash.sha256(content), content);
      Map<String, Object> layer = TestImage.descriptor("application/vnd.test.file", content);
      if (!title.isEmpty()) {
        layer.put("annotations", Map.of("org.opencontainers.image.title", title));
      }
      layers.add(layer);
    });
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", mediaType());
    manifest.put("artifactType", type);
    manifest.put("config", TestImage.descriptor("application/vnd.oci.empty.v1+json", EMPTY));
    manifest.put("layers", layers);
    this.document = Json.bytes(manifest);
  }

  /**
   * Makes an artifact.
   *
   * @param files content by title; an empty title means a blob without one
   */
  public static TestFiles of(String type, Map<String, byte[]> files) {
    return new TestFiles(type, files);
  }

  @Override
  public byte[] manifest() {
    return document.clone();
  }

  @Override
  public String mediaType() {
    return "application/vnd.oci.image.manifest.v1+json";
  }

  @Override
  public Map<String, byte[]> blobs() {
    return Map.copyOf(blobs);
  }

  @Override
  public List<TestImage> children() {
    return List.of();
  }
}
