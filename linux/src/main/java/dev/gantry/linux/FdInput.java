package dev.gantry.linux;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** {@link Fd#input()}. */
final class FdInput extends InputStream {
  private static final int BUFFER = 64 << 10;

  private final Fd fd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(BUFFER);
  private int position;
  private int limit;

  FdInput(Fd fd) {
    this.fd = fd;
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get(ValueLayout.JAVA_BYTE, position++) & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, position, into, offset, count);
    position += count;
    return count;
  }

  private boolean fill() throws IOException {
    if (!fd.isOpen()) {
      throw new IOException("stream is closed");
    }
    if (position == limit) {
      position = 0;
      limit = 0;
      limit = (int) fd.read(buffer);
    }
    return limit > 0;
  }

  @Override
  public void close() {
    fd.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
