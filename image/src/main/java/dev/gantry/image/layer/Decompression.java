package dev.gantry.image.layer;

import dev.gantry.linux.compress.Isal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.channels.ReadableByteChannel;

/**
 * Finds out how a layer is compressed by its first bytes, as the other runtimes do: media types are
 * too often wrong. What comes out is held against the diff id in any case.
 */
public final class Decompression {
  private Decompression() {}

  /**
   * The plain bytes of {@code in}, which is closed with them. Reads into direct buffers, and
   * answers with at least one byte or the end.
   */
  public static ReadableByteChannel open(InputStream in) throws IOException {
    var peeked = new PushbackInputStream(in, 4);
    byte[] magic = peeked.readNBytes(4);
    peeked.unread(magic);
    if (magic.length >= 2 && at(magic, 0) == 0x1f && at(magic, 1) == 0x8b) {
      return Isal.available() ? Isal.inflateGzip(peeked) : new GzipChannel(peeked);
    }
    if (magic.length == 4 && isZstd(magic)) {
      return new ZstdChannel(peeked);
    }
    return new PlainChannel(peeked);
  }

  /** {@link #open} as a stream. */
  public static InputStream stream(InputStream in) throws IOException {
    return new ChannelInput(open(in));
  }

  private static boolean isZstd(byte[] m) {
    boolean frame = at(m, 0) == 0x28 && at(m, 1) == 0xb5 && at(m, 2) == 0x2f && at(m, 3) == 0xfd;
    // A skippable frame comes first in some zstd:chunked blobs.
    boolean skippable =
        (at(m, 0) & 0xf0) == 0x50 && at(m, 1) == 0x2a && at(m, 2) == 0x4d && at(m, 3) == 0x18;
    return frame || skippable;
  }

  private static int at(byte[] bytes, int i) {
    return bytes[i] & 0xff;
  }
}
