package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.gantry.linux.NativeBuffer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Decompresses zstd, one frame after the other, skippable ones left out, right into direct buffers.
 * The class is loaded with the first zstd layer: its library is unpacked then.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
final class ZstdChannel implements ReadableByteChannel {
  /** 128 MiB, zstd's own default: what a frame may make the decoder keep. */
  private static final int MOST_WINDOW_LOG = 27;

  /** A whole block and its header. */
  private static final int INPUT = (128 << 10) + 3;

  private final InputStream in;
  private final byte[] copy = new byte[INPUT];
  private final NativeBuffer input = new NativeBuffer(INPUT);
  private final ZstdDecompressCtx decoder = new ZstdDecompressCtx();
  private boolean inFrame;
  private boolean more;
  private boolean open = true;

  ZstdChannel(InputStream in) {
    this.in = in;
    decoder.setLongMax(MOST_WINDOW_LOG);
    input.bytes().limit(0);
  }

  @Override
  public int read(ByteBuffer direct) throws IOException {
    if (!direct.hasRemaining()) {
      return 0;
    }
    int before = direct.position();
    while (true) {
      // The decoder may hold more than fitted into the buffer of the last call.
      if (more || input.bytes().hasRemaining()) {
        decode(direct);
        if (direct.position() > before) {
          return direct.position() - before;
        }
      }
      if (!input.bytes().hasRemaining() && !fill()) {
        if (inFrame) {
          throw new EOFException("zstd: the stream ends early");
        }
        return -1;
      }
    }
  }

  private void decode(ByteBuffer direct) throws IOException {
    try {
      inFrame = !decoder.decompressDirectByteBufferStream(direct, input.bytes());
    } catch (ZstdException e) {
      throw new IOException("zstd: " + e.getMessage(), e);
    }
    more = inFrame && !direct.hasRemaining();
  }

  private boolean fill() throws IOException {
    int n = in.read(copy, 0, copy.length);
    input.bytes().clear().put(copy, 0, Math.max(0, n)).flip();
    return n > 0;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    if (open) {
      open = false;
      try (input;
          decoder) {
        in.close();
      }
    }
  }
}
