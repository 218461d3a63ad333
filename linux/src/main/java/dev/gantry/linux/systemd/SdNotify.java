package dev.gantry.linux.systemd;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how the service is doing (sd_notify(3)). Without {@code NOTIFY_SOCKET} in the
 * environment nothing happens. Each method answers whether the message was taken; that it was not
 * is no reason to stop.
 */
public final class SdNotify {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 02000000;
  private static final int PATH_OFFSET = 2;
  private static final int PATH_MAX = 108;
  private static final int MSG_NOSIGNAL = 0x4000;

  private SdNotify() {}

  /** The service answers from now on. */
  public static boolean ready() {
    return send("READY=1");
  }

  /** The service is on its way out. */
  public static boolean stopping() {
    return send("STOPPING=1");
  }

  /** One line for {@code systemctl status}. */
  public static boolean status(String line) {
    return send("STATUS=" + line.replace('\n', ' '));
  }

  private static boolean send(String state) {
    try {
      return send(System.getenv("NOTIFY_SOCKET"), state);
    } catch (LinuxException e) {
      System.getLogger(SdNotify.class.getName())
          .log(System.Logger.Level.WARNING, "systemd does not hear of " + state, e);
      return false;
    }
  }

  /** Sends to a path, or to an abstract name after {@code @}. */
  static boolean send(@Nullable String socket, String state) throws LinuxException {
    if (socket == null || (!socket.startsWith("/") && !socket.startsWith("@"))) {
      return false;
    }
    byte[] name = FileName.toBytes(socket);
    if (name.length >= PATH_MAX) {
      throw new LinuxException("notify", socket, Errno.ENAMETOOLONG, "");
    }
    if (socket.startsWith("@")) {
      name[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(PATH_OFFSET + PATH_MAX, 8);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, PATH_OFFSET, name.length);
      byte[] message = state.getBytes(StandardCharsets.UTF_8);
      MemorySegment bytes = Native.string(arena, message);
      long made = Native.retry(Nr.SOCKET, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      try (Fd fd = Fd.of((int) Native.check(made, "notify", socket))) {
        long sent =
            Native.retry(
                Nr.SENDTO,
                fd.number(),
                bytes.address(),
                message.length,
                MSG_NOSIGNAL,
                address.address(),
                PATH_OFFSET + name.length);
        Native.check(sent, "notify", socket);
        return true;
      }
    }
  }
}
