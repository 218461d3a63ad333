package dev.gantry.testkit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests as the distribution protocol writes them. */
public final class Hash {
  private Hash() {}

  /** Returns {@code sha256:<hex>} of the bytes. */
  public static String sha256(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the part behind the colon. */
  public static String hex(String digest) {
    return digest.substring(digest.indexOf(':') + 1);
  }
}
