package dev.gantry.image.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bytes of a stream in direct buffers: its own where it lends them, else copies. */
public final class DirectInput {
  private static final int COPY = 64 << 10;

  private final InputStream in;
  private byte @Nullable [] heap;
  private @Nullable ByteBuffer direct;

  /** A stream that has its bytes in direct buffers anyway. */
  public interface Lender {
    /**
     * Reads without copying.
     *
     * @param most bytes, at least one
     * @return the next bytes, at least one of them, good until the next call of any method; null at
     *     the end
     */
    @Nullable ByteBuffer lend(int most) throws IOException;
  }

  public DirectInput(InputStream in) {
    this.in = in;
  }

  /** {@link Lender#lend}. */
  public @Nullable ByteBuffer next(int most) throws IOException {
    if (in instanceof Lender lender) {
      return lender.lend(most);
    }
    byte[] copy = heap;
    ByteBuffer target = direct;
    if (copy == null || target == null) {
      heap = copy = new byte[COPY];
      direct = target = ByteBuffer.allocateDirect(COPY);
    }
    int n = in.read(copy, 0, Math.min(COPY, most));
    return n < 0 ? null : target.clear().put(copy, 0, n).flip();
  }
}
