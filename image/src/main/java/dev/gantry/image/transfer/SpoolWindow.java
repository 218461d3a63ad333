package dev.gantry.image.transfer;

import dev.gantry.linux.NativeBuffer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;

/** The bytes of a blob that came last, in memory. Not thread-safe. */
final class SpoolWindow implements AutoCloseable {
  private static final int BYTES = 2 << 20;

  private final NativeBuffer ring = new NativeBuffer(BYTES);
  private long end;

  /** Offset in the blob of the first byte that is here. */
  long begin() {
    return Math.max(0, end - BYTES);
  }

  /** Offset in the blob of the byte that comes next. */
  long end() {
    return end;
  }

  /** How many bytes may come before those from {@code read} on are lost. */
  long room(long read) {
    return BYTES - (end - read);
  }

  /** Adds bytes, over those that came first. */
  void add(byte[] bytes, int count) {
    for (int done = 0; done < count; ) {
      int at = (int) (end % BYTES);
      int n = Math.min(count - done, BYTES - at);
      ring.bytes().put(at, bytes, done, n);
      done += n;
      end += n;
    }
  }

  /** Copies as many bytes from {@code from} on as are here and fit in one piece; how many. */
  int get(long from, byte[] into, int offset, int length) {
    int at = (int) (from % BYTES);
    int n = (int) Math.min(Math.min(length, end - from), BYTES - at);
    ring.bytes().get(at, into, offset, n);
    return n;
  }

  /** Writes all that is here to its place in the file. */
  void save(RandomAccessFile file) throws IOException {
    long at = begin();
    file.seek(at);
    while (at < end) {
      int from = (int) (at % BYTES);
      int n = (int) Math.min(end - at, BYTES - from);
      ByteBuffer piece = ring.bytes().slice(from, n);
      byte[] copy = new byte[Math.min(n, 64 << 10)];
      while (piece.hasRemaining()) {
        int some = Math.min(copy.length, piece.remaining());
        piece.get(copy, 0, some);
        file.write(copy, 0, some);
      }
      at += n;
    }
  }

  @Override
  public void close() {
    ring.close();
  }
}
