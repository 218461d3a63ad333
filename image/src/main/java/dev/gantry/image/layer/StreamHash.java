package dev.gantry.image.layer;

import dev.gantry.linux.crypto.Sha256;
import dev.gantry.linux.crypto.Sha512;
import dev.gantry.oci.Digest;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Hashes what streams by, with libcrypto where it is there. */
sealed interface StreamHash extends AutoCloseable {
  void update(byte[] bytes, int offset, int length);

  /** Adds what remains in the buffer and moves its position to its limit. */
  void update(ByteBuffer bytes);

  Digest finish();

  @Override
  void close();

  static StreamHash of(Digest.Algorithm algorithm) {
    return switch (algorithm) {
      case SHA256 -> new OfSha256(Sha256.create());
      case SHA512 -> new OfSha512(Sha512.create());
    };
  }

  /** SHA-256. */
  record OfSha256(Sha256 sha) implements StreamHash {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      sha.update(bytes, offset, length);
    }

    @Override
    public void update(ByteBuffer bytes) {
      sha.update(bytes);
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

  /** SHA-512. */
  record OfSha512(Sha512 sha) implements StreamHash {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      sha.update(bytes, offset, length);
    }

    @Override
    public void update(ByteBuffer bytes) {
      sha.update(bytes);
    }

    @Override
    public Digest finish() {
      return new Digest(Digest.Algorithm.SHA512, HexFormat.of().formatHex(sha.digest()));
    }

    @Override
    public void close() {
      sha.close();
    }
  }
}
