package dev.gantry.image.policy;

import dev.gantry.image.PolicyException;
import dev.gantry.image.RegistryException;
import dev.gantry.image.layer.VerifyingStream;
import dev.gantry.image.registry.BlobPuller;
import dev.gantry.image.registry.ManifestPuller;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.oci.Descriptor;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageManifest;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The signatures that cosign keeps beside an image: a manifest with the tag {@code
 * sha256-<hex>.sig}, each layer of which is one signed payload. For one thread.
 *
 * @see <a href="https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md">cosign's
 *     signature specification</a>
 */
public final class RegistrySignatures implements ImageSignature.Source {
  private static final String PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
  private static final String SIGNATURE = "dev.cosignproject.cosign/signature";

  /** Anybody who may write to the repository can add some; each costs a request. */
  private static final int MOST_SIGNATURES = 64;

  private static final int MOST_PAYLOAD_BYTES = 1 << 20;

  private final RegistrySession session;

  /** Several requirements may ask for the same. */
  private final Map<Digest, List<ImageSignature>> known = new HashMap<>();

  public RegistrySignatures(RegistrySession session) {
    this.session = session;
  }

  static String tag(Digest manifest) {
    return manifest.algorithm().id() + "-" + manifest.hex() + ".sig";
  }

  @Override
  public List<ImageSignature> of(Digest manifest) throws IOException {
    List<ImageSignature> found = known.get(manifest);
    if (found == null) {
      found = fetch(manifest);
      known.put(manifest, found);
    }
    return found;
  }

  private List<ImageSignature> fetch(Digest manifest) throws IOException {
    ManifestPuller.Answer answer;
    try {
      answer = ManifestPuller.byTag(session, tag(manifest));
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return List.of();
      }
      throw e.during("signatures " + tag(manifest));
    }
    try {
      return signatures(manifest, OciJson.parse(answer.bytes(), ImageManifest.class));
    } catch (OciFormatException e) {
      throw new PolicyException(
          PolicyException.Kind.REJECTED, "signatures " + tag(manifest) + ": " + e.getMessage(), e);
    }
  }

  private List<ImageSignature> signatures(Digest manifest, ImageManifest list) throws IOException {
    var found = new ArrayList<ImageSignature>();
    for (Descriptor layer : list.layers()) {
      String signature = layer.annotations().get(SIGNATURE);
      if (!layer.mediaType().equals(PAYLOAD) || signature == null) {
        continue; // attestations and other attachments
      }
      if (found.size() == MOST_SIGNATURES) {
        throw new PolicyException(
            PolicyException.Kind.REJECTED,
            "signatures " + tag(manifest) + ": more than " + MOST_SIGNATURES + " of them");
      }
      found.add(new ImageSignature(payload(layer), signature));
    }
    return found;
  }

  private byte[] payload(Descriptor layer) throws IOException {
    if (layer.size() > MOST_PAYLOAD_BYTES) {
      throw new PolicyException(
          PolicyException.Kind.REJECTED,
          "signature " + layer.digest() + " has " + layer.size() + " bytes");
    }
    try (var in =
        new VerifyingStream(
            BlobPuller.open(session, layer.digest()),
            "signature",
            layer.digest(),
            layer.size(),
            n -> {})) {
      return in.readNBytes((int) layer.size() + 1);
    } catch (RegistryException e) {
      throw e.during("signature " + layer.digest());
    }
  }
}
