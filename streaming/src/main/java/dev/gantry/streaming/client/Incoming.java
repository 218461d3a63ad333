package dev.gantry.streaming.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a server sends: read in large pieces, and given out where it lies. Not for several threads.
 */
final class Incoming {
  private static final int BUFFER = 128 << 10;

  private final InputStream in;
  private final byte[] bytes = new byte[BUFFER];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).limit(0);

  /** Who gets bytes, which are the caller's again when it returns. */
  @FunctionalInterface
  interface Taker {
    void data(byte[] from, int offset, int length) throws IOException;
  }

  Incoming(InputStream in) {
    this.in = in;
  }

  /** Reads until so many are in the buffer; false when the end comes first. */
  private boolean fill(int count) throws IOException {
    if (buffer.remaining() >= count) {
      return true;
    }
    buffer.compact();
    boolean more = true;
    while (more && buffer.position() < count) {
      int got = in.read(bytes, buffer.position(), buffer.remaining());
      more = got >= 0;
      buffer.position(buffer.position() + Math.max(0, got));
    }
    buffer.flip();
    return more;
  }

  private ByteBuffer need(int count) throws IOException {
    if (!fill(count)) {
      throw new EOFException("the server ended the connection");
    }
    return buffer;
  }

  int readUnsignedByte() throws IOException {
    return need(Byte.BYTES).get() & 0xFF;
  }

  int readUnsignedShort() throws IOException {
    return need(Short.BYTES).getShort() & 0xFFFF;
  }

  int readInt() throws IOException {
    return need(Integer.BYTES).getInt();
  }

  long readLong() throws IOException {
    return need(Long.BYTES).getLong();
  }

  /** The next bytes; fewer where the end comes before. */
  byte[] readNBytes(int count) throws IOException {
    if (count > BUFFER) {
      throw new IllegalArgumentException(count + " bytes do not fit");
    }
    var _ = fill(count);
    byte[] read = Arrays.copyOfRange(bytes, buffer.position(), buffer.position() + count);
    int there = Math.min(count, buffer.remaining());
    buffer.position(buffer.position() + there);
    return there < count ? Arrays.copyOf(read, there) : read;
  }

  /**
   * Gives the next bytes, as many as are there.
   *
   * @param most how many at most, and at least one
   * @return how many; -1 at the end
   */
  int pass(long most, Taker to) throws IOException {
    if (!fill(1)) {
      return -1;
    }
    int count = (int) Math.min(most, buffer.remaining());
    int from = buffer.position();
    buffer.position(from + count);
    to.data(bytes, from, count);
    return count;
  }
}
