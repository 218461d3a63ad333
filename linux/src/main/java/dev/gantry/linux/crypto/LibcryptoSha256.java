package dev.gantry.linux.crypto;

import dev.gantry.linux.CFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** {@link Sha256} by EVP_DigestInit_ex(3) and its relatives. */
final class LibcryptoSha256 extends Sha256 {
  private static final int CHUNK = 64 << 10;

  private long context;

  private static final class Evp {
    private static final CFunction NEW = CFunction.of(library(), "EVP_MD_CTX_new");
    private static final CFunction FREE = CFunction.of(library(), "EVP_MD_CTX_free");
    private static final CFunction INIT = CFunction.of(library(), "EVP_DigestInit_ex");
    private static final CFunction UPDATE = CFunction.of(library(), "EVP_DigestUpdate");
    private static final CFunction FINAL = CFunction.of(library(), "EVP_DigestFinal_ex");
    private static final long SHA256 = CFunction.of(library(), "EVP_sha256").call();

    private Evp() {}
  }

  LibcryptoSha256() {
    context = Evp.NEW.call();
    if (context == 0) {
      throw new OutOfMemoryError("EVP_MD_CTX_new");
    }
    init();
  }

  private void init() {
    check(Evp.INIT.callInt(context, Evp.SHA256, 0), "EVP_DigestInit_ex");
  }

  @Override
  public void update(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(Math.max(1, Math.min(CHUNK, length)));
      for (int done = 0; done < length; ) {
        int count = Math.min(CHUNK, length - done);
        MemorySegment.copy(data, offset + done, chunk, ValueLayout.JAVA_BYTE, 0, count);
        updateNative(chunk.address(), count);
        done += count;
      }
    }
  }

  @Override
  public void update(MemorySegment data) {
    if (data.isNative()) {
      updateNative(data.address(), data.byteSize());
    } else {
      byte[] copy = data.toArray(ValueLayout.JAVA_BYTE);
      update(copy, 0, copy.length);
    }
  }

  private void updateNative(long address, long length) {
    check(Evp.UPDATE.callInt(open(), address, length), "EVP_DigestUpdate");
  }

  @Override
  public byte[] digest() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(BYTES);
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
