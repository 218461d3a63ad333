package dev.gantry.image.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Counts what passes, and tells. */
public final class CountingStream extends FilterInputStream {
  private final AtomicLong count;
  private final LongConsumer progress;

  /**
   * @param count is added to
   * @param progress told the new count
   */
  public CountingStream(InputStream in, AtomicLong count, LongConsumer progress) {
    super(in);
    this.count = count;
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      progress.accept(count.addAndGet(n));
    }
    return n;
  }
}
