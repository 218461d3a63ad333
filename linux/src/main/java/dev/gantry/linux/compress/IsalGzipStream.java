package dev.gantry.linux.compress;

import dev.gantry.linux.BulkInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Objects;

/**
 * {@link Isal#inflateGzip}: a stream, and a channel that inflates right into direct buffers. Use it
 * as one of them.
 */
public final class IsalGzipStream extends BulkInputStream implements ReadableByteChannel {
  private static final int IN_BYTES = 64 << 10;
  private static final int OUT_BYTES = 128 << 10;

  private final InputStream in;
  private final byte[] copy = new byte[IN_BYTES];
  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(Isal.STATE_BYTES, 64);
  private final MemorySegment input = arena.allocate(IN_BYTES);

  /** Where a stream's bytes wait; made when the first come. */
  private MemorySegment output = MemorySegment.NULL;

  private int filled;
  private int taken;
  private int ready;
  private boolean ended;

  IsalGzipStream(InputStream in) {
    this.in = in;
    Isal.begin(state, true);
    Isal.setInput(state, input, 0);
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    requireOpen();
    if (length == 0) {
      return 0;
    }
    if (taken == ready) {
      if (output.byteSize() == 0) {
        output = arena.allocate(OUT_BYTES);
      }
      taken = 0;
      ready = Math.max(0, inflate(output));
      if (ready == 0) {
        return -1;
      }
    }
    int count = Math.min(length, ready - taken);
    MemorySegment.copy(output, ValueLayout.JAVA_BYTE, taken, into, offset, count);
    taken += count;
    return count;
  }

  /**
   * @param direct a direct buffer
   */
  @Override
  public int read(ByteBuffer direct) throws IOException {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer");
    }
    if (!direct.hasRemaining()) {
      return 0;
    }
    int made = inflate(MemorySegment.ofBuffer(direct));
    direct.position(direct.position() + Math.max(0, made));
    return made;
  }

  /** Puts bytes into {@code out}, at least one; answers how many, -1 at the end. */
  private int inflate(MemorySegment out) throws IOException {
    requireOpen();
    while (!ended) {
      Isal.setOutput(state, out);
      Isal.inflate(state);
      int made = (int) out.byteSize() - Isal.outputLeft(state);
      if (Isal.finished(state)) {
        nextMember();
      } else if (Isal.outputLeft(state) > 0 && !fillInput()) {
        throw new EOFException("gzip: the stream ends early");
      }
      if (made > 0) {
        return made;
      }
    }
    return -1;
  }

  private void requireOpen() throws IOException {
    if (!isOpen()) {
      throw new IOException("stream is closed");
    }
  }

  /** Only called when all input is consumed. */
  private boolean fillInput() throws IOException {
    if (Isal.inputLeft(state) > 0) {
      return true;
    }
    filled = Math.max(0, in.read(copy, 0, IN_BYTES));
    MemorySegment.copy(copy, 0, input, ValueLayout.JAVA_BYTE, 0, filled);
    Isal.setInput(state, input, filled);
    return filled > 0;
  }

  private void nextMember() throws IOException {
    while (Isal.inputLeft(state) > 0 || fillInput()) {
      int left = Isal.inputLeft(state);
      int at = filled - left;
      if (input.get(ValueLayout.JAVA_BYTE, at) != 0) {
        Isal.begin(state, false);
        Isal.setInput(state, input.asSlice(at), left);
        return;
      }
      Isal.setInput(state, input.asSlice(at + 1), left - 1);
    }
    ended = true;
  }

  @Override
  public boolean isOpen() {
    return arena.scope().isAlive();
  }

  @Override
  public void close() throws IOException {
    if (arena.scope().isAlive()) {
      arena.close();
      in.close();
    }
  }
}
