package dev.gantry.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for the arguments of one system call, to be closed when it has returned. A platform thread
 * has some that it uses again and again: to allocate and free it costs as much as a cheap call. For
 * this module only.
 */
public final class CallMemory implements Arena {
  private static final long BYTES = 8 << 10;
  private static final ThreadLocal<CallMemory> OWN = ThreadLocal.withInitial(CallMemory::new);

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment block = arena.allocate(BYTES, 16);
  private long used;

  /** Calls within calls. */
  private int depth;

  private CallMemory() {}

  /** An arena for the current thread. */
  public static Arena open() {
    // A virtual thread may be one of thousands: nothing is kept for it.
    if (Thread.currentThread().isVirtual()) {
      return Arena.ofConfined();
    }
    CallMemory own = OWN.get();
    own.depth++;
    return own;
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    long at = (used + byteAlignment - 1) & -byteAlignment;
    if (byteAlignment > 16 || byteSize > BYTES - at) {
      return Arena.ofAuto().allocate(byteSize, byteAlignment); // too much to keep
    }
    used = at + byteSize;
    return block.asSlice(at, byteSize).fill((byte) 0);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    depth--;
    if (depth == 0) {
      used = 0;
    }
  }
}
