package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Extended attributes of a file, directory or link (xattr(7)), binary values included; a link as
 * the last component is never followed.
 *
 * <p>{@code name} is one name in {@code dir}, or a path with {@link At#CWD}. It is reached through
 * /proc, for the calls relative to a directory are newer (Linux 6.13) than the kernels in use. An
 * empty name is the open file itself, which may also be opened with {@link OpenFlags#PATH}.
 */
public final class Xattr {
  /** XATTR_SIZE_MAX and XATTR_LIST_MAX (limits.h). */
  private static final int MAX = 65536;

  private static final int FIRST_TRY = 512;

  private Xattr() {}

  /** Sets one attribute, new or not. */
  public static void set(Fd dir, String name, String key, byte[] value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, value.length));
      MemorySegment.copy(value, 0, bytes, ValueLayout.JAVA_BYTE, 0, value.length);
      long result =
          Native.retry(
              call(dir, name, Nr.SETXATTR, Nr.LSETXATTR),
              path(arena, dir, name).address(),
              Native.string(arena, key).address(),
              bytes.address(),
              value.length,
              0);
      Native.check(result, "set xattr " + key + " of", name);
    }
  }

  /** The value of one attribute, empty when the file has none of that name (ENODATA). */
  public static Optional<byte[]> get(Fd dir, String name, String key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = path(arena, dir, name);
      MemorySegment keyText = Native.string(arena, key);
      MemorySegment buffer = arena.allocate(FIRST_TRY);
      int call = call(dir, name, Nr.GETXATTR, Nr.LGETXATTR);
      long length = getInto(call, path, keyText, buffer);
      if (Native.failedWith(length, Errno.ERANGE)) {
        buffer = arena.allocate(MAX);
        length = getInto(call, path, keyText, buffer);
      }
      if (Native.failedWith(length, Errno.ENODATA)) {
        return Optional.empty();
      }
      Native.check(length, "get xattr " + key + " of", name);
      return Optional.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private static long getInto(
      int call, MemorySegment path, MemorySegment key, MemorySegment buffer) {
    return Native.retry(call, path.address(), key.address(), buffer.address(), buffer.byteSize());
  }

  /** The names of all attributes this process may see, in the file system's order. */
  public static List<String> list(Fd dir, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = path(arena, dir, name);
      MemorySegment buffer = arena.allocate(FIRST_TRY);
      int call = call(dir, name, Nr.LISTXATTR, Nr.LLISTXATTR);
      long length = Native.retry(call, path.address(), buffer.address(), FIRST_TRY);
      if (Native.failedWith(length, Errno.ERANGE)) {
        buffer = arena.allocate(MAX);
        length = Native.retry(call, path.address(), buffer.address(), MAX);
      }
      Native.check(length, "list xattrs of", name);
      List<String> keys = new ArrayList<>();
      int start = 0;
      for (int i = 0; i < length; i++) {
        if (buffer.get(ValueLayout.JAVA_BYTE, i) == 0) {
          keys.add(Native.text(buffer, start, i - start));
          start = i + 1;
        }
      }
      return keys;
    }
  }

  /** Removes one attribute; that there is none is fine. */
  public static void remove(Fd dir, String name, String key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long result =
          Native.retry(
              call(dir, name, Nr.REMOVEXATTR, Nr.LREMOVEXATTR),
              path(arena, dir, name).address(),
              Native.string(arena, key).address());
      if (!Native.failedWith(result, Errno.ENODATA)) {
        Native.check(result, "remove xattr " + key + " of", name);
      }
    }
  }

  private static MemorySegment path(Arena arena, Fd dir, String name) throws LinuxException {
    if (dir == At.CWD) {
      return Native.string(arena, name);
    }
    return Native.string(arena, name.isEmpty() ? dir.procPath() : dir.procPath() + "/" + name);
  }

  /**
   * An open file is reached by following its link in /proc, which ends at the file even when that
   * is a symbolic link; a name must not be followed.
   */
  private static int call(Fd dir, String name, int onFile, int onName) {
    return name.isEmpty() && dir != At.CWD ? onFile : onName;
  }
}
