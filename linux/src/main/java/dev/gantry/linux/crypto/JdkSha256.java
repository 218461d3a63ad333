package dev.gantry.linux.crypto;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** {@link Sha256} where the system has no libcrypto 3. */
final class JdkSha256 extends Sha256 {
  private final MessageDigest digest;

  JdkSha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void update(byte[] data, int offset, int length) {
    digest.update(data, offset, length);
  }

  @Override
  public void update(MemorySegment data) {
    digest.update(data.asByteBuffer());
  }

  @Override
  public byte[] digest() {
    return digest.digest();
  }

  @Override
  public void close() {}
}
