package dev.gantry.streaming.websocket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * Masks payloads, which is also how they are unmasked (RFC 6455, section 5.3): each byte is
 * combined with the next of the four of a key, over and over.
 *
 * <p>Clients mask all they send, so this runs over every byte. Eight at a time in an array of
 * longs, between two bulk copies, is what a JVM without its optimizing compiler does fast: twelve
 * times as fast as through a buffer's accessors. Not for several threads at once.
 */
public final class Mask {
  private static final int LONGS = 1024;

  private final long[] longs = new long[LONGS];

  /**
   * Changes a buffer's bytes from its position to its limit, and moves neither.
   *
   * @param key the four bytes, the first in the highest
   * @param offset how much of the payload was before these bytes
   */
  public void apply(ByteBuffer data, int key, long offset) {
    int turned = Integer.rotateLeft(key, (int) (offset & 3) * Byte.SIZE);
    long keys = (long) turned << Integer.SIZE | Integer.toUnsignedLong(turned);
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    LongBuffer all = data.duplicate().order(ByteOrder.nativeOrder()).asLongBuffer();
    int whole = all.remaining();
    combine(all, little ? Long.reverseBytes(keys) : keys);
    int shift = Long.SIZE - Byte.SIZE;
    for (int i = data.position() + whole * Long.BYTES; i < data.limit(); i++) {
      data.put(i, (byte) (data.get(i) ^ keys >>> shift));
      shift -= Byte.SIZE;
    }
  }

  private void combine(LongBuffer all, long keys) {
    long[] some = longs;
    while (all.hasRemaining()) {
      int count = Math.min(some.length, all.remaining());
      int at = all.position();
      all.get(some, 0, count);
      for (int i = 0; i < count; i++) {
        some[i] ^= keys;
      }
      all.put(at, some, 0, count);
    }
  }
}
