package dev.gantry.linux.cgroup;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** The small files and directories of a cgroup file system. */
final class CgroupFile {
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_WRONLY = 1;
  private static final int REMOVE_DIRECTORY = 0x200;
  private static final int BUFFER_BYTES = 8 << 10;

  /** A list of processes is the longest of them. */
  private static final int LIMIT = 1 << 20;

  private CgroupFile() {}

  /** Writes a value in one call, as the kernel wants it. */
  static void write(Path file, String value) throws LinuxException {
    String subject = file + " = " + value;
    try (Arena arena = Arena.ofConfined();
        Fd fd = open(arena, file, O_WRONLY, subject)) {
      MemorySegment bytes =
          arena.allocateFrom(ValueLayout.JAVA_BYTE, value.getBytes(StandardCharsets.UTF_8));
      Native.check(
          Native.retry(Nr.WRITE, fd.number(), bytes.address(), bytes.byteSize()), "write", subject);
    }
  }

  /**
   * Writes a value in one call, unless the file or its group is not there: a group that somebody
   * else made can be gone at any moment, as systemd removes a scope when its last process ends.
   *
   * @return false when it is not there
   */
  static boolean writeIfThere(Path file, String value) throws LinuxException {
    try {
      write(file, value);
      return true;
    } catch (LinuxException e) {
      if (isGone(e)) {
        return false;
      }
      throw e;
    }
  }

  /** ENODEV: the group was removed between the open and the read or write. */
  private static boolean isGone(LinuxException e) {
    return switch (e.errno()) {
      case ENOENT, ENODEV, ENOTDIR -> true;
      default -> false;
    };
  }

  /** The file's text; empty when the file or its group is not there. */
  static Optional<String> read(Path file) throws LinuxException {
    try (Arena arena = Arena.ofConfined();
        Fd fd = open(arena, file, 0, file.toString())) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES);
      ByteArrayOutputStream text = new ByteArrayOutputStream(256);
      for (long count = fd.read(buffer); count > 0 && text.size() < LIMIT; ) {
        text.write(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), 0, (int) count);
        count = fd.read(buffer);
      }
      return Optional.of(text.toString(StandardCharsets.UTF_8));
    } catch (LinuxException e) {
      if (isGone(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The number in a file; "max" is {@link Long#MAX_VALUE}. */
  static long readLong(Path file, long absent) throws LinuxException {
    String text = read(file).orElse("").strip();
    return text.isEmpty() ? absent : parse(text);
  }

  static long parse(String text) {
    String number = text.strip();
    if (number.equals("max")) {
      return Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(number);
    } catch (NumberFormatException tooLarge) {
      // Unsigned 64-bit values above the largest long, such as "no limit" of some kernels.
      return number.matches("[0-9]+") ? Long.MAX_VALUE : 0;
    }
  }

  /** Makes a group; false when it is there already. */
  static boolean mkdir(Path dir, int mode) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long path = Native.string(arena, dir.toString()).address();
      long result = Native.syscall(Nr.MKDIRAT, Fd.CWD.number(), path, mode);
      if (Native.failedWith(result, Errno.EEXIST)) {
        return false;
      }
      Native.check(result, "make cgroup", dir.toString());
      return true;
    }
  }

  /** Removes a group without groups below it; one that is not there is fine. */
  static void rmdir(Path dir) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long path = Native.string(arena, dir.toString()).address();
      long result = Native.syscall(Nr.UNLINKAT, Fd.CWD.number(), path, REMOVE_DIRECTORY);
      if (!Native.failedWith(result, Errno.ENOENT)) {
        Native.check(result, "remove cgroup", dir.toString());
      }
    }
  }

  private static Fd open(Arena arena, Path file, int flags, String subject) throws LinuxException {
    long path = Native.string(arena, file.toString()).address();
    long number = Native.retry(Nr.OPENAT, Fd.CWD.number(), path, flags | O_CLOEXEC, 0);
    String call = flags == O_WRONLY ? "write" : "read";
    return Fd.of((int) Native.check(number, call, subject));
  }
}
