package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Files that live in memory and have no name; see memfd_create(2). */
final class MemoryFile {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL_ALL = 0xf;

  private MemoryFile() {}

  /** A file that holds these bytes, positioned at its begin, that nobody can change. */
  static Fd of(String name, byte[] bytes) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long number =
          Native.syscall(
              Nr.MEMFD_CREATE,
              Native.string(arena, name).address(),
              MFD_CLOEXEC | MFD_ALLOW_SEALING);
      Fd fd = Fd.of((int) Native.check(number, "make memory file", name));
      try {
        fd.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
        Native.check(Native.syscall(Nr.LSEEK, fd.number(), 0, 0), "rewind", name);
        Native.check(Native.syscall(Nr.FCNTL, fd.number(), F_ADD_SEALS, SEAL_ALL), "seal", name);
        return fd;
      } catch (LinuxException | RuntimeException e) {
        fd.close();
        throw e;
      }
    }
  }
}
