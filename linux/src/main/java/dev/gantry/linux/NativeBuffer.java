package dev.gantry.linux;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Memory outside the heap that is given back when it is closed, not when the collector finds out.
 * Nobody may be using it then.
 */
public final class NativeBuffer implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final ByteBuffer bytes;

  /**
   * @param size in bytes
   */
  public NativeBuffer(int size) {
    bytes = arena.allocate(size).asByteBuffer();
  }

  /** The memory, always the same buffer. */
  public ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
