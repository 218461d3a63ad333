package dev.gantry.linux.crypto;

import dev.gantry.linux.Native;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One running SHA-256 (FIPS 180-4), by libcrypto 3 where the system has it, else by the JDK. For
 * one thread at a time, which need not be the same each time.
 */
public abstract sealed class Sha256 implements AutoCloseable permits LibcryptoSha256, JdkSha256 {
  /** Length of a digest in bytes. */
  public static final int BYTES = 32;

  private static final int SMALL = 16 << 10;

  Sha256() {}

  private static final class Library {
    private static final Optional<SymbolLookup> CRYPTO = Native.library("libcrypto.so.3");

    private Library() {}
  }

  /** Begins a digest. */
  public static Sha256 create() {
    return libraryFound() ? new LibcryptoSha256() : new JdkSha256();
  }

  static boolean libraryFound() {
    return Library.CRYPTO.isPresent();
  }

  static SymbolLookup library() {
    return Library.CRYPTO.orElseThrow();
  }

  /**
   * The digest of an array. A small one is left to the JDK: to load libcrypto takes 2.6 MiB, which
   * a daemon that only writes records need not spend.
   */
  public static byte[] of(byte[] data) {
    try (Sha256 sha = data.length <= SMALL ? new JdkSha256() : create()) {
      sha.update(data, 0, data.length);
      return sha.digest();
    }
  }

  /** Adds bytes of an array. */
  public abstract void update(byte[] data, int offset, int length);

  /** Adds the bytes of a segment; native ones are read in place. */
  public abstract void update(MemorySegment data);

  /** Adds what remains in the buffer and moves its position to its limit. */
  public void update(ByteBuffer data) {
    update(MemorySegment.ofBuffer(data));
    data.position(data.limit());
  }

  /** The digest of all that was added, 32 bytes; the object then begins anew. */
  public abstract byte[] digest();

  /** Gives the native state back; the object is of no use then. */
  @Override
  public abstract void close();
}
