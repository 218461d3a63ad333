package dev.gantry.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The content address of a blob: a registered algorithm and the hash in lower-case hex.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests">image-spec,
 *     digests</a>
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {

  /** The registered algorithms that a digest may use. */
  public enum Algorithm {
    SHA256("sha256", "SHA-256", 64),
    SHA512("sha512", "SHA-512", 128);

    private final String id;
    private final String jdkName;
    private final int hexLength;

    Algorithm(String id, String jdkName, int hexLength) {
      this.id = id;
      this.jdkName = jdkName;
      this.hexLength = hexLength;
    }

    /** Returns the name before the colon, such as {@code sha256}. */
    public String id() {
      return id;
    }

    /** Returns the name that {@link MessageDigest} knows it by. */
    public String jdkName() {
      return jdkName;
    }
  }

  /** Throws {@link OciFormatException} when the hex has a wrong length or character. */
  public Digest {
    if (hex.length() != algorithm.hexLength) {
      throw new OciFormatException(
          "digest \"%s:%s\": %s needs %d hex characters, this has %d"
              .formatted(
                  algorithm.id,
                  Text.shorten(hex),
                  algorithm.id,
                  algorithm.hexLength,
                  hex.length()));
    }
    for (int i = 0; i < hex.length(); i++) {
      if (!Text.isLowerHex(hex.charAt(i))) {
        throw new OciFormatException(
            "digest \"%s:%s\": '%s' is not a lower-case hex character"
                .formatted(algorithm.id, Text.shorten(hex), Text.show(hex.charAt(i))));
      }
    }
  }

  /** Reads {@code algorithm:hex}; throws {@link OciFormatException} that says what is wrong. */
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new OciFormatException(
          "digest \"" + Text.shorten(text) + "\": no ':' between algorithm and hash");
    }
    String id = text.substring(0, colon);
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm.id.equals(id)) {
        return new Digest(algorithm, text.substring(colon + 1));
      }
    }
    throw new OciFormatException(
        "digest \""
            + Text.shorten(text)
            + "\": unknown algorithm \""
            + Text.shorten(id)
            + "\" (known: sha256, sha512)");
  }

  /** Returns the sha256 digest with this hex. */
  public static Digest sha256(String hex) {
    return new Digest(Algorithm.SHA256, hex);
  }

  /** Returns the sha256 digest of these bytes. */
  public static Digest sha256Of(byte[] content) {
    return of(Algorithm.SHA256, content);
  }

  /** Returns the digest of these bytes. */
  public static Digest of(Algorithm algorithm, byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance(algorithm.jdkName).digest(content);
      return new Digest(algorithm, HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm.jdkName, e);
    }
  }

  /** Returns whether these bytes have this digest. */
  public boolean matches(byte[] content) {
    return of(algorithm, content).equals(this);
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  /** Returns {@code algorithm:hex}. */
  @Override
  public String toString() {
    return algorithm.id + ':' + hex;
  }
}
