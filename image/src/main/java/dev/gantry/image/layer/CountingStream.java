package dev.gantry.image.layer;

import dev.gantry.linux.BulkInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Counts what passes, and tells. */
public final class CountingStream extends BulkInputStream {
  private final InputStream in;
  private final AtomicLong count;
  private final LongConsumer progress;

  /**
   * @param count is added to
   * @param progress told the new count
   */
  public CountingStream(InputStream in, AtomicLong count, LongConsumer progress) {
    this.in = in;
    this.count = count;
    this.progress = progress;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      progress.accept(count.addAndGet(n));
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
