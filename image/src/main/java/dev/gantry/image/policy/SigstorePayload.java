package dev.gantry.image.policy;

import dev.gantry.oci.Digest;
import dev.gantry.oci.OciFormatException;
import java.util.Set;

/**
 * What a signature says: this manifest goes by this name. It is worth something only after the
 * signature of the bytes has been verified.
 *
 * @param digest of a manifest or index
 * @param reference the name as it stands there
 * @see <a href="https://github.com/containers/image/blob/main/docs/containers-signature.5.md">the
 *     simple signing payload</a>
 */
record SigstorePayload(Digest digest, String reference) {
  private static final String TYPE = "cosign container image signature";

  /** Throws {@link OciFormatException}, also for whatever it does not know. */
  static SigstorePayload parse(byte[] json) {
    StrictJson root = StrictJson.parse(json);
    root.objectOf(Set.of("critical", "optional"));
    // cosign writes null where nobody gave annotations.
    StrictJson optional = root.field("optional");
    if (optional.value() != null) {
      optional.object();
    }
    StrictJson critical = root.field("critical");
    critical.objectOf(Set.of("type", "image", "identity"));
    StrictJson type = critical.field("type");
    if (!type.string().equals(TYPE)) {
      throw type.wrong("is \"" + type.string() + "\", not that of an image's signature");
    }
    critical.field("image").objectOf(Set.of("docker-manifest-digest"));
    critical.field("identity").objectOf(Set.of("docker-reference"));
    return new SigstorePayload(
        Digest.parse(critical.field("image").field("docker-manifest-digest").string()),
        critical.field("identity").field("docker-reference").string());
  }
}
