package dev.gantry.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The signatures of an image as cosign keeps them beside it: push them with {@link #tag} as the
 * tag.
 */
public final class TestSignature implements TestArtifact {
  private static final byte[] CONFIG = Json.bytes(Map.of());

  private final List<Signed> all;
  private final byte[] manifest;

  /**
   * One of them.
   *
   * @param base64 the signature, empty for none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Signed(byte[] payload, String base64) {}

  private TestSignature(List<Signed> all) {
    this.all = List.copyOf(all);
    var layers = new ArrayList<Object>();
    for (Signed s : all) {
      Map<String, Object> layer =
          TestImage.descriptor("application/vnd.dev.cosign.simplesigning.v1+json", s.payload());
      layer.put("annotations", Map.of("dev.cosignproject.cosign/signature", s.base64()));
      layers.add(layer);
    }
    var document = new LinkedHashMap<String, Object>();
    document.put("schemaVersion", 2);
    document.put("mediaType", mediaType());
    document.put(
        "config", TestImage.descriptor("application/vnd.oci.image.config.v1+json", CONFIG));
    document.put("layers", layers);
    this.manifest = Json.bytes(document);
  }

  public static TestSignature of(Signed... all) {
    return new TestSignature(List.of(all));
  }

  /** Returns the tag under which signatures of a manifest are looked for. */
  public static String tag(String digest) {
    return digest.replace(':', '-') + ".sig";
  }

  /** Returns what is signed to say that the manifest goes by the name. */
  public static byte[] payload(String digest, String reference) {
    var critical = new LinkedHashMap<String, Object>();
    critical.put("identity", Map.of("docker-reference", reference));
    critical.put("image", Map.of("docker-manifest-digest", digest));
    critical.put("type", "cosign container image signature");
    var payload = new LinkedHashMap<String, Object>();
    payload.put("critical", critical);
    payload.put("optional", null);
    return Json.bytes(payload);
  }

  @Override
  public byte[] manifest() {
    return manifest.clone();
  }

  @Override
  public String mediaType() {
    return TestImage.Format.OCI.manifest();
  }

  @Override
  public Map<String, byte[]> blobs() {
    Map<String, byte[]> blobs = new LinkedHashMap<>();
    blobs.put(Hash.sha256(CONFIG), CONFIG);
    all.forEach(s -> blobs.put(Hash.sha256(s.payload()), s.payload()));
    return blobs;
  }

  @Override
  public List<TestImage> children() {
    return List.of();
  }
}
