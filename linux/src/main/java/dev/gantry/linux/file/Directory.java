package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of an open directory in small batches (getdents64(2)), so that one of any size
 * costs little memory. It does not own the descriptor, whose position it moves.
 */
public final class Directory {
  private static final int BUFFER = 16 << 10;
  private static final int HEADER = 19;

  private final Fd fd;
  private final ArrayDeque<Entry> batch = new ArrayDeque<>();

  /** What kind of file the directory says an entry is; UNKNOWN on file systems that don't say. */
  public enum Type {
    UNKNOWN,
    DIRECTORY,
    SYMLINK,
    OTHER
  }

  /** One entry, never {@code .} or {@code ..}. */
  public record Entry(String name, Type type, long ino) {}

  private Directory(Fd fd) {
    this.fd = fd;
  }

  /** Reads on where the descriptor stands, which is at the beginning when it was just opened. */
  public static Directory reading(Fd fd) {
    return new Directory(fd);
  }

  /** All entries of a directory that is known to be small. */
  public static List<Entry> list(Fd fd) throws LinuxException {
    Directory directory = reading(fd);
    directory.rewind();
    List<Entry> entries = new ArrayList<>();
    for (Entry e = directory.next(); e != null; e = directory.next()) {
      entries.add(e);
    }
    return entries;
  }

  /** The next entry, null at the end. */
  public @Nullable Entry next() throws LinuxException {
    return isAtEnd() ? null : batch.poll();
  }

  /** Whether there is no next entry. */
  public boolean isAtEnd() throws LinuxException {
    if (batch.isEmpty()) {
      fill();
    }
    return batch.isEmpty();
  }

  /** Begins anew. */
  public void rewind() throws LinuxException {
    batch.clear();
    Native.check(Native.retry(Nr.LSEEK, fd.number(), 0, 0), "rewind", fd.toString());
  }

  private void fill() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER, 8);
      while (batch.isEmpty()) {
        long length = Native.retry(Nr.GETDENTS64, fd.number(), buffer.address(), BUFFER);
        // ENOENT: the directory was removed while it is open.
        if (length == 0 || Native.failedWith(length, Errno.ENOENT)) {
          return;
        }
        Native.check(length, "read directory", fd.toString());
        parse(buffer, length);
      }
    }
  }

  private void parse(MemorySegment buffer, long length) {
    for (long at = 0; at < length; ) {
      int size = buffer.get(ValueLayout.JAVA_SHORT, at + 16) & 0xFFFF;
      int nameLength = 0;
      while (buffer.get(ValueLayout.JAVA_BYTE, at + HEADER + nameLength) != 0) {
        nameLength++;
      }
      String name = Native.text(buffer, at + HEADER, nameLength);
      if (!name.equals(".") && !name.equals("..")) {
        long ino = buffer.get(ValueLayout.JAVA_LONG, at);
        batch.add(new Entry(name, type(buffer.get(ValueLayout.JAVA_BYTE, at + 18)), ino));
      }
      at += size;
    }
  }

  private static Type type(byte dirent) {
    return switch (dirent) {
      case 0 -> Type.UNKNOWN;
      case 4 -> Type.DIRECTORY;
      case 10 -> Type.SYMLINK;
      default -> Type.OTHER;
    };
  }
}
