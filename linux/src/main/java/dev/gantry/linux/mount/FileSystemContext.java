package dev.gantry.linux.mount;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A file system that is being mounted (fsopen(2), fsconfig(2), fsmount(2)), with the kernel's own
 * words in the errors.
 */
final class FileSystemContext implements AutoCloseable {
  private static final int SET_FLAG = 0;
  private static final int SET_STRING = 1;
  private static final int CMD_CREATE = 6;
  private static final int CLOEXEC = 1;
  private static final int LOG_BYTES = 1024;

  private final Fd context;
  private final String call;
  private final String target;

  private FileSystemContext(Fd context, String call, String target) {
    this.context = context;
    this.call = call;
    this.target = target;
  }

  /**
   * @param call what errors say is done
   * @param target to what
   */
  static FileSystemContext open(String type, String call, String target) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long opened = Native.retry(Nr.FSOPEN, Native.string(arena, type).address(), CLOEXEC);
      return new FileSystemContext(Fd.of((int) Native.check(opened, call, target)), call, target);
    }
  }

  void flag(String key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      command(SET_FLAG, Native.string(arena, key).address(), 0);
    }
  }

  /**
   * @param value at most 255 bytes
   */
  void string(String key, String value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      command(
          SET_STRING, Native.string(arena, key).address(), Native.string(arena, value).address());
    }
  }

  /** Makes the file system without a mount of it. */
  void create() throws LinuxException {
    command(CMD_CREATE, 0, 0);
  }

  /**
   * Makes the file system and a mount of it that is nowhere yet.
   *
   * @param attributes MOUNT_ATTR_*
   */
  Fd mount(int attributes) throws LinuxException {
    create();
    long made = Native.retry(Nr.FSMOUNT, context.number(), CLOEXEC, attributes);
    return Fd.of((int) Native.check(made, call, target));
  }

  private void command(int command, long key, long value) throws LinuxException {
    long result = Native.retry(Nr.FSCONFIG, context.number(), command, key, value, 0);
    if (result < 0) {
      throw new LinuxException(call, target, Errno.of((int) -result), log());
    }
  }

  /** The context's messages, one for each read(2), each with a letter for its level in front. */
  private String log() {
    List<String> lines = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LOG_BYTES);
      for (int i = 0; i < 8; i++) {
        long length = Native.retry(Nr.READ, context.number(), buffer.address(), buffer.byteSize());
        if (length <= 0) {
          break;
        }
        String line = Native.text(buffer, 0, (int) length).strip();
        lines.add(line.startsWith("e ") || line.startsWith("w ") ? line.substring(2) : line);
      }
    }
    return String.join("; ", lines);
  }

  @Override
  public void close() {
    context.close();
  }
}
