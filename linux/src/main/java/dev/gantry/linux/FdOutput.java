package dev.gantry.linux;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** {@link Fd#output()}. */
final class FdOutput extends OutputStream {
  private static final int CHUNK = 64 << 10;

  private final Fd fd;

  FdOutput(Fd fd) {
    this.fd = fd;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, from.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(Math.max(1, Math.min(CHUNK, length)));
      for (int done = 0; done < length; ) {
        int count = (int) Math.min(chunk.byteSize(), length - done);
        MemorySegment.copy(from, offset + done, chunk, ValueLayout.JAVA_BYTE, 0, count);
        fd.write(chunk.asSlice(0, count));
        done += count;
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
