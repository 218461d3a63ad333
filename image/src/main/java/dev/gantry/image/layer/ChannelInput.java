package dev.gantry.image.layer;

import dev.gantry.linux.BulkInputStream;
import dev.gantry.linux.NativeBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A stream of what a channel that wants direct buffers gives. */
final class ChannelInput extends BulkInputStream {
  private static final int BUFFER = 64 << 10;

  private final ReadableByteChannel in;
  private final NativeBuffer buffer = new NativeBuffer(BUFFER);

  ChannelInput(ReadableByteChannel in) {
    this.in = in;
    buffer.bytes().limit(0);
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    ByteBuffer bytes = buffer.bytes();
    if (!bytes.hasRemaining()) {
      int n = in.read(bytes.clear());
      bytes.flip();
      if (n < 0) {
        return -1;
      }
    }
    int n = Math.min(length, bytes.remaining());
    bytes.get(into, offset, n);
    return n;
  }

  @Override
  public void close() throws IOException {
    try (buffer) {
      in.close();
    }
  }
}
