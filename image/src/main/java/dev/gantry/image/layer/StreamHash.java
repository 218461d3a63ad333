package dev.gantry.image.layer;

import dev.gantry.linux.crypto.Sha256;
import dev.gantry.oci.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes what streams by: SHA-256 by libcrypto where it is there, SHA-512 by the JDK. */
sealed interface StreamHash extends AutoCloseable {
  void update(byte[] bytes, int offset, int length);

  Digest finish();

  @Override
  void close();

  static StreamHash of(Digest.Algorithm algorithm) {
    return switch (algorithm) {
      case SHA256 -> new Native(Sha256.create());
      case SHA512 -> new Jdk(algorithm, jdk(algorithm));
    };
  }

  private static MessageDigest jdk(Digest.Algorithm algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.jdkName());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm.jdkName(), e);
    }
  }

  /** SHA-256. */
  record Native(Sha256 sha) implements StreamHash {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      sha.update(bytes, offset, length);
    }

    @Override
    public Digest finish() {
      return Digest.sha256(HexFormat.of().formatHex(sha.digest()));
    }

    @Override
    public void close() {
      sha.close();
    }
  }

  /** Any other. */
  record Jdk(Digest.Algorithm algorithm, MessageDigest digest) implements StreamHash {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      digest.update(bytes, offset, length);
    }

    @Override
    public Digest finish() {
      return new Digest(algorithm, HexFormat.of().formatHex(digest.digest()));
    }

    @Override
    public void close() {}
  }
}
