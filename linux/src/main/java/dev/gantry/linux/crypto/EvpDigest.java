package dev.gantry.linux.crypto;

import dev.gantry.linux.CFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A digest by libcrypto's EVP_DigestInit_ex(3) and its relatives. For one thread at a time, which
 * need not be the same each time.
 */
final class EvpDigest implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final long algorithm;
  private final int length;
  private final Arena arena = Arena.ofShared();
  private long context;

  /** Where bytes of the heap are copied to; made when the first come. */
  private MemorySegment scratch = MemorySegment.NULL;

  private static final class Evp {
    private static final CFunction NEW = function("EVP_MD_CTX_new");
    private static final CFunction FREE = function("EVP_MD_CTX_free");
    private static final CFunction INIT = function("EVP_DigestInit_ex");
    private static final CFunction UPDATE = function("EVP_DigestUpdate");
    private static final CFunction FINAL = function("EVP_DigestFinal_ex");

    private Evp() {}

    static CFunction function(String name) {
      return CFunction.of(Sha256.library(), name);
    }
  }

  /**
   * @param constructor the function that answers the algorithm, {@code "EVP_sha256"}
   * @param length of a digest, in bytes
   */
  EvpDigest(String constructor, int length) {
    this.algorithm = Evp.function(constructor).call();
    this.length = length;
    context = Evp.NEW.call();
    if (context == 0) {
      throw new OutOfMemoryError("EVP_MD_CTX_new");
    }
    init();
  }

  private void init() {
    check(Evp.INIT.callInt(context, algorithm, 0), "EVP_DigestInit_ex");
  }

  void update(byte[] data, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, data.length);
    if (scratch.byteSize() < Math.min(CHUNK, count)) {
      scratch = arena.allocate(CHUNK);
    }
    for (int done = 0; done < count; ) {
      int some = Math.min(CHUNK, count - done);
      MemorySegment.copy(data, offset + done, scratch, ValueLayout.JAVA_BYTE, 0, some);
      updateNative(scratch.address(), some);
      done += some;
    }
  }

  void update(MemorySegment data) {
    if (data.isNative()) {
      updateNative(data.address(), data.byteSize());
    } else {
      byte[] copy = data.toArray(ValueLayout.JAVA_BYTE);
      update(copy, 0, copy.length);
    }
  }

  private void updateNative(long address, long count) {
    check(Evp.UPDATE.callInt(open(), address, count), "EVP_DigestUpdate");
  }

  byte[] digest() {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment out = own.allocate(length);
      check(Evp.FINAL.callInt(open(), out.address(), 0), "EVP_DigestFinal_ex");
      init();
      return out.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public void close() {
    long spent = context;
    context = 0;
    if (spent != 0) {
      Evp.FREE.call(spent);
      arena.close();
    }
  }

  private long open() {
    if (context == 0) {
      throw new IllegalStateException("digest is closed");
    }
    return context;
  }

  private static void check(int ok, String function) {
    if (ok != 1) {
      throw new IllegalStateException("libcrypto: " + function + " failed");
    }
  }
}
