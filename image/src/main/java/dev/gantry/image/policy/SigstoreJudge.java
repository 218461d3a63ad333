package dev.gantry.image.policy;

import dev.gantry.image.PolicyException;
import dev.gantry.image.PolicyException.Kind;
import dev.gantry.image.policy.Requirement.KeySource;
import dev.gantry.image.policy.Requirement.SigstoreSigned;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an image has a signature that a requirement accepts. One good signature of any of
 * its documents is enough: who signs an index signs all the manifests that it names by digest.
 */
final class SigstoreJudge {
  private final SigstoreSigned requirement;
  private final ImageOrigin origin;
  private final List<PublicKey> keys = new ArrayList<>();

  /**
   * @throws PolicyException when a key of the requirement cannot be read: also one that would not
   *     be needed today
   */
  SigstoreJudge(SigstoreSigned requirement, ImageOrigin origin) throws PolicyException {
    this.requirement = requirement;
    this.origin = origin;
    for (KeySource source : requirement.keys()) {
      try {
        keys.add(PublicKeys.load(source));
      } catch (IOException e) {
        throw new PolicyException(
            Kind.CONFIGURATION,
            requirement.place() + ": public key " + source + ": " + e.getMessage(),
            e);
      }
    }
  }

  /**
   * @param documents the manifest, then the index that it was chosen from, and so on upwards
   * @return null when the image is accepted, else why not
   */
  @Nullable String objection(List<byte[]> documents, ImageSignature.Source source)
      throws IOException {
    var objections = new ArrayList<String>();
    for (byte[] document : documents) {
      Digest digest = Digest.sha256Of(document);
      List<ImageSignature> signatures = source.of(digest);
      for (int i = 0; i < signatures.size(); i++) {
        String objection = objection(document, signatures.get(i));
        if (objection == null) {
          return null;
        }
        objections.add("signature " + (i + 1) + " of " + digest + ": " + objection);
      }
    }
    if (!objections.isEmpty()) {
      return String.join("; ", objections);
    }
    if (origin.identity() == null) {
      return "a signature is required, and archives and directories carry none;"
          + " pull the image from a registry, or allow the transport "
          + origin.transport();
    }
    return "a signature is required and there is none: no tag "
        + RegistrySignatures.tag(Digest.sha256Of(documents.getFirst()))
        + " in its repository";
  }

  private @Nullable String objection(byte[] document, ImageSignature signature) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(signature.base64());
    } catch (IllegalArgumentException e) {
      return "it is not base64";
    }
    if (keys.stream().noneMatch(k -> SignatureCheck.verifies(k, signature.payload(), bytes))) {
      return keys.size() == 1
          ? "it was not made with the key " + requirement.keys().getFirst()
          : "it was made with none of the keys " + requirement.keys();
    }
    SigstorePayload payload;
    try {
      payload = SigstorePayload.parse(signature.payload());
    } catch (OciFormatException e) {
      return "its payload: " + e.getMessage();
    }
    if (!payload.digest().matches(document)) {
      return "it is for the digest " + payload.digest();
    }
    ImageReference signed = IdentityMatch.parse(payload.reference());
    if (signed == null || !requirement.identity().accepts(origin.identity(), signed)) {
      return "it is for the name \""
          + payload.reference()
          + "\", and "
          + requirement.identity().wants(origin.identity())
          + hint(signed);
    }
    return null;
  }

  private String hint(@Nullable ImageReference signed) {
    return signed != null && signed.tag() == null && signed.digest() == null
        ? " (cosign signs no tags: use matchRepository or exactRepository)"
        : "";
  }
}
