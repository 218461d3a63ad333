package dev.gantry.linux.crypto;

import java.lang.foreign.MemorySegment;

/** {@link Sha256} by libcrypto. */
final class LibcryptoSha256 extends Sha256 {
  private final EvpDigest digest = new EvpDigest("EVP_sha256", BYTES);

  @Override
  public void update(byte[] data, int offset, int length) {
    digest.update(data, offset, length);
  }

  @Override
  public void update(MemorySegment data) {
    digest.update(data);
  }

  @Override
  public byte[] digest() {
    return digest.digest();
  }

  @Override
  public void close() {
    digest.close();
  }
}
