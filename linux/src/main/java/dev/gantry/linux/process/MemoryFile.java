package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Files that live in memory and have no name; see memfd_create(2). */
final class MemoryFile {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL_ALL = 0xf;
  private static final int BUFFER_BYTES = 64 << 10;

  private MemoryFile() {}

  /** A file that holds these bytes, positioned at its begin, that nobody can change. */
  static Fd of(String name, byte[] bytes) throws LinuxException {
    return sealed(name, bytes, create(name, 0));
  }

  /** The same that can be executed, also where the node's setting for such files is that not. */
  static Fd program(String name, byte[] bytes) throws LinuxException {
    return sealed(name, bytes, createProgram(name));
  }

  /**
   * The same with what another file holds.
   *
   * @throws IOException also when that cannot be read
   */
  static Fd program(Path original) throws IOException {
    String name = original.getFileName().toString();
    Fd fd = Fd.of((int) Native.check(createProgram(name), "make memory file", name));
    try (FileChannel from = FileChannel.open(original)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      while (from.read(buffer.clear()) >= 0) {
        fd.write(buffer.flip());
      }
      seal(fd, name);
      return fd;
    } catch (IOException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static long createProgram(String name) throws LinuxException {
    long number = create(name, MFD_EXEC);
    // Before Linux 6.3 there is no such flag, and every such file can be executed.
    return Native.failedWith(number, Errno.EINVAL) ? create(name, 0) : number;
  }

  private static long create(String name, int flag) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return Native.syscall(
          Nr.MEMFD_CREATE,
          Native.string(arena, name).address(),
          MFD_CLOEXEC | MFD_ALLOW_SEALING | flag);
    }
  }

  private static Fd sealed(String name, byte[] bytes, long number) throws LinuxException {
    Fd fd = Fd.of((int) Native.check(number, "make memory file", name));
    try (Arena arena = Arena.ofConfined()) {
      fd.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
      Native.check(Native.syscall(Nr.LSEEK, fd.number(), 0, 0), "rewind", name);
      seal(fd, name);
      return fd;
    } catch (LinuxException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static void seal(Fd fd, String name) throws LinuxException {
    Native.check(Native.syscall(Nr.FCNTL, fd.number(), F_ADD_SEALS, SEAL_ALL), "seal", name);
  }
}
