package dev.gantry.linux.net;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A TCP connection to a port on loopback, in the network namespace of the calling thread; the
 * socket stays there for good, whoever uses it. See tcp(7).
 */
public final class LoopbackSocket {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
  private static final int SOL_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int POLLOUT = 4;
  private static final int ADDRESS_BYTES = 28;

  private LoopbackSocket() {}

  /**
   * Connects; returns when the connection stands. Blocks its thread up to the deadline.
   *
   * @param ipv6 to ::1, else to 127.0.0.1
   * @return a non-blocking socket
   * @throws LinuxException ECONNREFUSED, ENETUNREACH, EAFNOSUPPORT …; ETIMEDOUT at the deadline
   */
  public static Fd connect(boolean ipv6, int port, long timeoutMillis) throws LinuxException {
    String subject = (ipv6 ? "[::1]:" : "127.0.0.1:") + port;
    long number = Native.syscall(Nr.SOCKET, ipv6 ? AF_INET6 : AF_INET, STREAM_NONBLOCK_CLOEXEC, 0);
    Fd socket = Fd.of((int) Native.check(number, "connect", subject));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
      long length = fill(address, ipv6, port);
      long result = Native.retry(Nr.CONNECT, socket.number(), address.address(), length);
      if (Native.failedWith(result, Errno.EINPROGRESS)) {
        await(arena, socket, subject, timeoutMillis);
      } else {
        Native.check(result, "connect", subject);
      }
      noDelay(arena, socket);
      return socket;
    } catch (LinuxException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private static long fill(MemorySegment address, boolean ipv6, int port) {
    address.set(ValueLayout.JAVA_SHORT, 0, (short) (ipv6 ? AF_INET6 : AF_INET));
    address.set(ValueLayout.JAVA_BYTE, 2, (byte) (port >> 8));
    address.set(ValueLayout.JAVA_BYTE, 3, (byte) port);
    if (ipv6) {
      address.set(ValueLayout.JAVA_BYTE, 23, (byte) 1);
      return ADDRESS_BYTES;
    }
    address.set(ValueLayout.JAVA_BYTE, 4, (byte) 127);
    address.set(ValueLayout.JAVA_BYTE, 7, (byte) 1);
    return 16;
  }

  private static void await(Arena arena, Fd socket, String subject, long timeoutMillis)
      throws LinuxException {
    MemorySegment poll = arena.allocate(8, 8);
    poll.set(ValueLayout.JAVA_INT, 0, socket.number());
    poll.set(ValueLayout.JAVA_SHORT, 4, (short) POLLOUT);
    MemorySegment time = arena.allocate(16, 8);
    time.set(ValueLayout.JAVA_LONG, 0, timeoutMillis / 1000);
    time.set(ValueLayout.JAVA_LONG, 8, timeoutMillis % 1000 * 1_000_000);
    long ready = Native.retry(Nr.PPOLL, poll.address(), 1, time.address(), 0, 0);
    Native.check(ready, "connect", subject);
    if (ready == 0) {
      throw new LinuxException(
          "connect", subject, Errno.ETIMEDOUT, "no answer within " + timeoutMillis + " ms");
    }
    MemorySegment error = arena.allocate(8, 8);
    error.set(ValueLayout.JAVA_INT, 4, 4);
    Native.check(
        Native.syscall(
            Nr.GETSOCKOPT,
            socket.number(),
            SOL_SOCKET,
            SO_ERROR,
            error.address(),
            error.address() + 4),
        "connect",
        subject);
    int number = error.get(ValueLayout.JAVA_INT, 0);
    if (number != 0) {
      throw new LinuxException("connect", subject, number);
    }
  }

  /** What was forwarded was sent when its sender wanted it sent. */
  private static void noDelay(Arena arena, Fd socket) throws LinuxException {
    MemorySegment one = arena.allocate(4, 8);
    one.set(ValueLayout.JAVA_INT, 0, 1);
    Native.check(
        Native.syscall(Nr.SETSOCKOPT, socket.number(), SOL_TCP, TCP_NODELAY, one.address(), 4),
        "set option of",
        socket.toString());
  }
}
