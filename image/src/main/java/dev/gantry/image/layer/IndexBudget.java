package dev.gantry.image.layer;

import dev.gantry.image.erofs.ErofsLimitException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory for the indexes that are being made, of all layers together: the daemon is small, and
 * whoever gets none unpacks. In bytes, of the heap and outside of it.
 */
final class IndexBudget {
  private static final long ALL = 20L << 20;

  private final AtomicLong left = new AtomicLong(ALL);

  /**
   * @throws ErofsLimitException when so much is not left; nothing is taken then
   */
  void take(long bytes) throws ErofsLimitException {
    if (left.addAndGet(-bytes) < 0) {
      left.addAndGet(bytes);
      throw new ErofsLimitException("no memory left beside the indexes of other layers");
    }
  }

  void give(long bytes) {
    left.addAndGet(bytes);
  }
}
