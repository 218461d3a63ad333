package dev.gantry.linux.compress;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** {@link Isal#inflateGzip}. */
final class IsalGzipStream extends InputStream {
  private static final int IN_BYTES = 64 << 10;
  private static final int OUT_BYTES = 128 << 10;

  private final InputStream in;
  private final byte[] copy = new byte[IN_BYTES];
  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(Isal.STATE_BYTES, 64);
  private final MemorySegment input = arena.allocate(IN_BYTES);
  private final MemorySegment output = arena.allocate(OUT_BYTES);
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
  public int read() throws IOException {
    return fillOutput() ? output.get(ValueLayout.JAVA_BYTE, taken++) & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!fillOutput()) {
      return -1;
    }
    int count = Math.min(length, ready - taken);
    MemorySegment.copy(output, ValueLayout.JAVA_BYTE, taken, into, offset, count);
    taken += count;
    return count;
  }

  private boolean fillOutput() throws IOException {
    if (!arena.scope().isAlive()) {
      throw new IOException("stream is closed");
    }
    while (taken == ready && !ended) {
      Isal.setOutput(state, output);
      Isal.inflate(state);
      taken = 0;
      ready = OUT_BYTES - Isal.outputLeft(state);
      if (Isal.finished(state)) {
        nextMember();
      } else if (Isal.outputLeft(state) > 0 && !fillInput()) {
        throw new EOFException("gzip: the stream ends early");
      }
    }
    return taken < ready;
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
  public void close() throws IOException {
    if (arena.scope().isAlive()) {
      arena.close();
      in.close();
    }
  }
}
