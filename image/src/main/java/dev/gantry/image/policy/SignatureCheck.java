package dev.gantry.image.policy;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;

/** Verifies a signature of some bytes by the JDK. */
final class SignatureCheck {
  private SignatureCheck() {}

  /** Whether the bytes were signed by the owner of the key. */
  static boolean verifies(PublicKey key, byte[] payload, byte[] signature) {
    return algorithms(key).stream().anyMatch(name -> verifies(name, key, payload, signature));
  }

  /**
   * Sigstore hashes by SHA-256 whatever the curve; newer cosign takes the curve's own hash.
   *
   * @see <a
   *     href="https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md">sigstore,
   *     algorithm registry</a>
   */
  private static List<String> algorithms(PublicKey key) {
    return switch (key) {
      case ECPublicKey ec ->
          switch (ec.getParams().getCurve().getField().getFieldSize()) {
            case 256 -> List.of("SHA256withECDSA");
            case 384 -> List.of("SHA256withECDSA", "SHA384withECDSA");
            default -> List.of("SHA256withECDSA", "SHA512withECDSA");
          };
      case RSAPublicKey rsa -> List.of("SHA256withRSA");
      default -> List.of("Ed25519");
    };
  }

  private static boolean verifies(String name, PublicKey key, byte[] payload, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(name);
      verifier.initVerify(key);
      verifier.update(payload);
      return verifier.verify(signature);
    } catch (GeneralSecurityException malformed) {
      return false;
    }
  }
}
