package dev.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A stream's bytes as they are. Unlike the JDK's, an interrupt does not close it. */
final class PlainChannel implements ReadableByteChannel {
  private final InputStream in;
  private final byte[] copy = new byte[64 << 10];
  private boolean open = true;

  PlainChannel(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int n = in.read(copy, 0, Math.min(copy.length, into.remaining()));
    if (n > 0) {
      into.put(copy, 0, n);
    }
    return n;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    in.close();
  }
}
