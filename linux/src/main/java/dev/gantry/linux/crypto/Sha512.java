package dev.gantry.linux.crypto;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One running SHA-512 (FIPS 180-4), by libcrypto 3 where the system has it, else by the JDK. For
 * one thread at a time, which need not be the same each time.
 */
public final class Sha512 implements AutoCloseable {
  /** Length of a digest in bytes. */
  public static final int BYTES = 64;

  private final @Nullable EvpDigest evp;
  private final @Nullable MessageDigest jdk;

  private Sha512(@Nullable EvpDigest evp, @Nullable MessageDigest jdk) {
    this.evp = evp;
    this.jdk = jdk;
  }

  /** Begins a digest. */
  public static Sha512 create() {
    return Sha256.libraryFound()
        ? new Sha512(new EvpDigest("EVP_sha512", BYTES), null)
        : new Sha512(null, jdk());
  }

  /** Begins a digest that the JDK computes. */
  static Sha512 ofJdk() {
    return new Sha512(null, jdk());
  }

  private static MessageDigest jdk() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-512", e);
    }
  }

  /** Adds bytes of an array. */
  public void update(byte[] data, int offset, int length) {
    if (evp != null) {
      evp.update(data, offset, length);
    } else {
      Objects.requireNonNull(jdk).update(data, offset, length);
    }
  }

  /** Adds what remains in the buffer, read in place if it is direct, and moves its position. */
  public void update(ByteBuffer data) {
    if (evp != null) {
      evp.update(MemorySegment.ofBuffer(data));
      data.position(data.limit());
    } else {
      Objects.requireNonNull(jdk).update(data);
    }
  }

  /** The digest of all that was added, 64 bytes; the object then begins anew. */
  public byte[] digest() {
    return evp != null ? evp.digest() : Objects.requireNonNull(jdk).digest();
  }

  /** Gives the native state back; the object is of no use then. */
  @Override
  public void close() {
    if (evp != null) {
      evp.close();
    }
  }
}
