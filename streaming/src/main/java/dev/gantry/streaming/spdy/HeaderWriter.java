package dev.gantry.streaming.spdy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Writes the header blocks of one connection, in order, as a zlib stream that compresses nothing
 * (RFC 1950, RFC 1951 section 3.2.4): ours are short, and a compressor is a quarter of a megabyte
 * for each connection.
 */
public final class HeaderWriter {
  private static final byte[] ZLIB_HEADER = {0x78, 0x01};

  private boolean begun;

  /** The block of these headers. */
  public byte[] write(Map<String, String> headers) {
    var pairs = new ByteArrayOutputStream();
    pairs.writeBytes(word(headers.size()));
    headers.forEach((name, value) -> {
      text(pairs, name);
      text(pairs, value);
    });
    int length = pairs.size();
    if (length > 0xFFFF) {
      throw new IllegalArgumentException("headers of " + length + " bytes");
    }
    var block = new ByteArrayOutputStream(length + 12);
    if (!begun) {
      begun = true;
      block.writeBytes(ZLIB_HEADER);
    }
    block.writeBytes(stored(length));
    block.writeBytes(pairs.toByteArray());
    // What zlib calls a sync flush: Go's inflater gives out what it has at an empty block only.
    block.writeBytes(stored(0));
    return block.toByteArray();
  }

  private static byte[] stored(int length) {
    return ByteBuffer.allocate(5)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0)
        .putShort((short) length)
        .putShort((short) ~length)
        .array();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(word(bytes.length));
    out.writeBytes(bytes);
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }
}
