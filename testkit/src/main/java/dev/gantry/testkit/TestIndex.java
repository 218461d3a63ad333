package dev.gantry.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An index (or Docker manifest list) of images of several platforms. */
public final class TestIndex implements TestArtifact {
  private final TestImage.Format format;
  private final List<TestImage> images;
  private final byte[] document;

  private TestIndex(TestImage.Format format, List<TestImage> images) {
    this.format = format;
    this.images = List.copyOf(images);
    List<Object> manifests = new ArrayList<>();
    for (TestImage image : images) {
      Map<String, Object> descriptor = TestImage.descriptor(image.mediaType(), image.manifest());
      descriptor.put("platform", image.platform());
      manifests.add(descriptor);
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", format.index());
    index.put("manifests", manifests);
    this.document = Json.bytes(index);
  }

  /** Makes an index of the first image's format. */
  public static TestIndex of(TestImage... images) {
    return new TestIndex(images[0].format(), List.of(images));
  }

  @Override
  public byte[] manifest() {
    return document.clone();
  }

  @Override
  public String mediaType() {
    return format.index();
  }

  @Override
  public Map<String, byte[]> blobs() {
    return Map.of();
  }

  @Override
  public List<TestImage> children() {
    return images;
  }
}
