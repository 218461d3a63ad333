package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.gantry.linux.compress.Isal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/**
 * Finds out how a layer is compressed by its first bytes, as the other runtimes do: media types are
 * too often wrong. What comes out is held against the diff id in any case.
 */
public final class Decompression {
  /** 128 MiB, zstd's own default: what a frame may make the decoder keep. */
  private static final int MOST_WINDOW_LOG = 27;

  private Decompression() {}

  /** The plain bytes of {@code in}. */
  public static InputStream open(InputStream in) throws IOException {
    var peeked = new PushbackInputStream(in, 4);
    byte[] magic = peeked.readNBytes(4);
    peeked.unread(magic);
    if (magic.length >= 2 && at(magic, 0) == 0x1f && at(magic, 1) == 0x8b) {
      return Isal.available() ? Isal.inflateGzip(peeked) : new GzipStream(peeked);
    }
    if (magic.length == 4 && isZstd(magic)) {
      return Zstd.open(peeked);
    }
    return peeked;
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

  /** Loaded with the first zstd layer: it unpacks a native library. */
  private static final class Zstd {
    static InputStream open(InputStream in) throws IOException {
      var stream = new ZstdInputStreamNoFinalizer(in);
      stream.setContinuous(false);
      stream.setLongMax(MOST_WINDOW_LOG);
      return stream;
    }
  }
}
