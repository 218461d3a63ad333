package dev.gantry.image;

import dev.gantry.oci.MediaTypes;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import java.util.Map;

/** Index or manifest, by what a document holds; a document that could be both is refused. */
enum ManifestKind {
  INDEX,
  MANIFEST;

  /**
   * @param called the media type of the answer or descriptor, may be empty or vague
   * @throws UnsupportedImageException for schema 1 and for documents of two kinds (CVE-2021-41190)
   * @throws OciFormatException when it is neither
   */
  static ManifestKind of(byte[] json, String called) throws UnsupportedImageException {
    if (!(OciJson.parse(json, Object.class) instanceof Map<?, ?> map)) {
      throw new OciFormatException("not a JSON object");
    }
    if (map.get("schemaVersion") instanceof Number n && n.intValue() == 1) {
      throw new UnsupportedImageException(
          "Docker schema 1, which is insecure and long retired; push the image again with a"
              + " current tool");
    }
    boolean index = map.get("manifests") != null;
    boolean manifest = map.get("layers") != null || map.get("config") != null;
    if (index && manifest) {
      throw new UnsupportedImageException("the document is an index and a manifest at once");
    }
    if (!index && !manifest) {
      throw new OciFormatException("neither an index nor a manifest");
    }
    boolean mistaken = index ? MediaTypes.isManifest(called) : MediaTypes.isIndex(called);
    if (mistaken) {
      throw new UnsupportedImageException("the document is not the " + called + " it is called");
    }
    return index ? INDEX : MANIFEST;
  }
}
