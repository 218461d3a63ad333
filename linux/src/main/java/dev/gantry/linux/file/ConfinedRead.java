package dev.gantry.linux.file;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Reads a file that others prepared: beneath its root, regular, of bounded size (design rule 8).
 */
public final class ConfinedRead {
  private ConfinedRead() {}

  /**
   * Reads a whole file as a process with {@code root} as its root directory would find it ({@link
   * Resolve#IN_ROOT}). A FIFO, device or socket is not even opened.
   *
   * @return empty when there is no such file
   * @throws LinuxException EINVAL when it is no regular file, EFBIG when it has more than {@code
   *     maxBytes}
   */
  public static Optional<byte[]> file(Fd root, String path, int maxBytes) throws IOException {
    try (Fd handle =
        At.openIn(root, path, OpenFlags.PATH, 0, Resolve.IN_ROOT, Resolve.NO_MAGICLINKS)) {
      if (!At.stat(handle).isRegular()) {
        throw new LinuxException("read", path, Errno.EINVAL, "not a regular file");
      }
      // The handle is known to be a regular file: opening it again can neither block nor do harm.
      try (Fd fd = At.open(At.CWD, handle.procPath(), OpenFlags.RDONLY, 0)) {
        return Optional.of(readAll(fd, path, maxBytes));
      }
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static byte[] readAll(Fd fd, String path, int maxBytes) throws IOException {
    long size = Math.min(At.stat(fd).size(), maxBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(size + 1);
      long length = 0;
      // A file may grow meanwhile; one byte too many is enough to know.
      while (length < buffer.byteSize()) {
        long count = fd.read(buffer.asSlice(length));
        if (count == 0) {
          return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
        length += count;
      }
      throw new LinuxException("read", path, Errno.EFBIG, "more than " + size + " bytes");
    }
  }
}
