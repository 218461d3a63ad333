package dev.gantry.image.registry;

/**
 * How often the transfer of one blob may be taken up again: a few times without a byte in between,
 * and in all a number that grows with what came. A registry that cuts every thousand bytes ends
 * with an error; one that cuts every few megabytes does not. Thread-safe.
 */
public final class ResumeBudget {
  private static final int FRUITLESS = 4;
  private static final int FREE = 16;
  private static final long BYTES_EACH = 1 << 20;

  private long bytes;
  private int resumes;
  private int fruitless;

  /** Says that {@code n} further bytes came. */
  public synchronized void progress(long n) {
    bytes += n;
    fruitless = 0;
  }

  /** Asks for one more resume; false when the transfer has to end with an error. */
  public synchronized boolean resume() {
    return ++fruitless <= FRUITLESS && ++resumes <= FREE + bytes / BYTES_EACH;
  }

  /** Resumes since the last byte came, to wait longer each time. */
  public synchronized int fruitless() {
    return fruitless;
  }

  /** For the error at the end. */
  @Override
  public synchronized String toString() {
    return "gave up after " + resumes + " connections that broke off";
  }
}
