package dev.gantry.linux.file;

import dev.gantry.linux.CallMemory;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the methods of {@link At} share; those that begin with "try" answer as the kernel does. */
final class AtCalls {
  static final int SYMLINK_NOFOLLOW = 0x100;
  static final int REMOVEDIR = 0x200;
  private static final int NO_AUTOMOUNT = 0x800;
  static final int EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_AND_MOUNT = 0x7ff | 0x1000;
  private static final long UTIME_OMIT = (1L << 30) - 2;
  private static final int OPEN_TRIES = 64;

  private AtCalls() {}

  static long tryOpenIn(Fd root, String path, int flags, int mode, long resolveBits)
      throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      MemorySegment name = Native.string(arena, path);
      MemorySegment how = arena.allocate(ValueLayout.JAVA_LONG, 3);
      how.setAtIndex(ValueLayout.JAVA_LONG, 0, flags | OpenFlags.CLOEXEC);
      how.setAtIndex(ValueLayout.JAVA_LONG, 1, mode);
      how.setAtIndex(ValueLayout.JAVA_LONG, 2, resolveBits);
      long result = -Errno.EAGAIN.number();
      // EAGAIN: after a rename or mount elsewhere the kernel cannot tell whether ".." stayed inside
      // and asks to be called again.
      for (int i = 0; i < OPEN_TRIES && Native.failedWith(result, Errno.EAGAIN); i++) {
        result =
            Native.retry(Nr.OPENAT2, root.number(), name.address(), how.address(), how.byteSize());
      }
      return result;
    }
  }

  static long statx(Arena arena, Fd dir, String name, boolean followLink, MemorySegment buffer)
      throws LinuxException {
    int flags = NO_AUTOMOUNT | EMPTY_PATH | (followLink ? 0 : SYMLINK_NOFOLLOW);
    return Native.retry(
        Nr.STATX,
        dir.number(),
        Native.string(arena, name).address(),
        flags,
        STATX_BASIC_AND_MOUNT,
        buffer.address());
  }

  /** {@link At#unlink} and {@link At#rmdir} for package code that looks at the error itself. */
  static long tryUnlink(Fd dir, String name, boolean directory) throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      return Native.retry(
          Nr.UNLINKAT,
          dir.number(),
          Native.string(arena, name).address(),
          directory ? REMOVEDIR : 0);
    }
  }

  static void putTime(MemorySegment times, int index, @Nullable Instant time) {
    times.setAtIndex(ValueLayout.JAVA_LONG, index, time == null ? 0 : time.getEpochSecond());
    times.setAtIndex(ValueLayout.JAVA_LONG, index + 1, time == null ? UTIME_OMIT : time.getNano());
  }

  static void onName(int number, Fd dir, String name, long a, long b, String call)
      throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      Native.check(
          Native.retry(number, dir.number(), Native.string(arena, name).address(), a, b),
          call,
          name);
    }
  }

  static void onNames(
      int number, Fd oldDir, String oldName, Fd newDir, String newName, int flags, String call)
      throws LinuxException {
    try (Arena arena = CallMemory.open()) {
      long result =
          Native.retry(
              number,
              oldDir.number(),
              Native.string(arena, oldName).address(),
              newDir.number(),
              Native.string(arena, newName).address(),
              flags);
      if (result < 0) {
        throw new LinuxException(call, oldName + " to " + newName, (int) -result);
      }
    }
  }
}
