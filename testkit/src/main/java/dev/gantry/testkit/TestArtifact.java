package dev.gantry.testkit;

import java.util.List;
import java.util.Map;

/** What a tag can name: an image, an index of images or signatures. */
public sealed interface TestArtifact permits TestFiles, TestImage, TestIndex, TestSignature {
  /** Returns the JSON text of the manifest or index. */
  byte[] manifest();

  /** Returns the media type of {@link #manifest}. */
  String mediaType();

  /** Returns the blobs that the manifest names, by digest. */
  Map<String, byte[]> blobs();

  /** Returns the images that an index names. */
  List<TestImage> children();

  /** Returns the digest of {@link #manifest}. */
  default String digest() {
    return Hash.sha256(manifest());
  }
}
