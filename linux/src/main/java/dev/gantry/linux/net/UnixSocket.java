package dev.gantry.linux.net;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * What the JDK lacks of unix sockets, see unix(7): sequenced packets, and descriptors that are
 * passed. Every descriptor is close-on-exec and non-blocking.
 */
public final class UnixSocket {
  /** The longest path that a socket can be bound to, in bytes. */
  public static final int LONGEST_PATH = 107;

  private static final int AF_UNIX = 1;
  private static final int STREAM = 1;
  private static final int SEQPACKET = 5;
  private static final int NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_SNDBUF = 7;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int SHUT_WR = 1;
  private static final int PATH_OFFSET = 2;

  // struct msghdr and struct cmsghdr of 64-bit Linux.
  private static final int MSGHDR_BYTES = 56;
  private static final int CMSG_DATA = 16;
  private static final int CONTROL_BYTES = 64;
  private static final int NAME_BYTES = 4096;

  private UnixSocket() {}

  /**
   * Binds and listens for one client at a time.
   *
   * @throws LinuxException ENAMETOOLONG for a path over {@link #LONGEST_PATH} bytes
   */
  public static Fd listen(Path path) throws LinuxException {
    Fd socket = socket(STREAM);
    try (Arena arena = Arena.ofConfined()) {
      byte[] name = FileName.toBytes(path.toString());
      MemorySegment address = address(arena, name, path.toString());
      Native.check(
          Native.syscall(
              Nr.BIND, socket.number(), address.address(), PATH_OFFSET + name.length + 1),
          "bind",
          path.toString());
      Native.check(Native.syscall(Nr.LISTEN, socket.number(), 1), "listen on", path.toString());
      return socket;
    } catch (LinuxException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** The connection of a client that is waiting; empty when there is none. */
  public static Optional<Fd> accept(Fd listener) throws LinuxException {
    long number = Native.retry(Nr.ACCEPT4, listener.number(), 0, 0, NONBLOCK_CLOEXEC);
    if (Native.failedWith(number, Errno.EAGAIN)) {
      return Optional.empty();
    }
    return Optional.of(Fd.of((int) Native.check(number, "accept on", listener.toString())));
  }

  /**
   * The descriptor that came with a message (SCM_RIGHTS); empty when there is no message, or none
   * with it.
   */
  public static Optional<Fd> receiveDescriptor(Fd connection) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(NAME_BYTES, 8);
      MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
      MemorySegment vector = arena.allocate(16, 8);
      vector.set(ValueLayout.JAVA_LONG, 0, data.address());
      vector.set(ValueLayout.JAVA_LONG, 8, NAME_BYTES);
      MemorySegment message = arena.allocate(MSGHDR_BYTES, 8);
      message.set(ValueLayout.JAVA_LONG, 16, vector.address());
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      message.set(ValueLayout.JAVA_LONG, 32, control.address());
      message.set(ValueLayout.JAVA_LONG, 40, CONTROL_BYTES);
      long count =
          Native.retry(Nr.RECVMSG, connection.number(), message.address(), MSG_CMSG_CLOEXEC);
      if (Native.failedWith(count, Errno.EAGAIN)) {
        return Optional.empty();
      }
      Native.check(count, "receive from", connection.toString());
      return firstOf(control, message.get(ValueLayout.JAVA_LONG, 40));
    }
  }

  private static Optional<Fd> firstOf(MemorySegment control, long controlBytes) {
    boolean rights =
        controlBytes >= CMSG_DATA + 4
            && control.get(ValueLayout.JAVA_INT, 8) == SOL_SOCKET
            && control.get(ValueLayout.JAVA_INT, 12) == SCM_RIGHTS;
    if (!rights) {
      return Optional.empty();
    }
    long count = (control.get(ValueLayout.JAVA_LONG, 0) - CMSG_DATA) / 4;
    for (int i = 1; i < count; i++) {
      Fd.of(control.get(ValueLayout.JAVA_INT, CMSG_DATA + 4L * i)).close();
    }
    return Optional.of(Fd.of(control.get(ValueLayout.JAVA_INT, CMSG_DATA)));
  }

  /**
   * Connects to a socket of sequenced packets, however long its path is.
   *
   * @throws LinuxException ENOENT or ECONNREFUSED when nobody listens, EAGAIN when too many wait
   */
  public static Fd connectPackets(Path path) throws LinuxException {
    Path parent = Objects.requireNonNull(path.getParent(), "the socket's path is absolute");
    try (Arena arena = Arena.ofConfined();
        Fd directory =
            At.open(At.CWD, parent.toString(), OpenFlags.PATH | OpenFlags.DIRECTORY, 0)) {
      byte[] name = FileName.toBytes(directory.procPath() + "/" + path.getFileName());
      MemorySegment address = address(arena, name, path.toString());
      Fd socket = socket(SEQPACKET);
      long result =
          Native.retry(
              Nr.CONNECT, socket.number(), address.address(), PATH_OFFSET + name.length + 1);
      if (result < 0) {
        socket.close();
        throw new LinuxException("connect to", path.toString(), (int) -result);
      }
      return socket;
    }
  }

  /** Whether a socket is one of sequenced packets that has a peer. */
  public static boolean isPacketConnection(Fd socket) throws LinuxException {
    return option(socket, SO_TYPE) == SEQPACKET && option(socket, SO_ACCEPTCONN) == 0;
  }

  private static int option(Fd socket, int option) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
      length.set(ValueLayout.JAVA_INT, 0, Integer.BYTES);
      Native.check(
          Native.syscall(
              Nr.GETSOCKOPT,
              socket.number(),
              SOL_SOCKET,
              option,
              value.address(),
              length.address()),
          "ask",
          socket.toString());
      return value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * How much may wait to be received before who sends waits, too; the kernel counts what it needs
   * for it (SO_SNDBUF of socket(7)).
   */
  public static void sendBuffer(Fd socket, int bytes) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, bytes);
      Native.check(
          Native.syscall(Nr.SETSOCKOPT, socket.number(), SOL_SOCKET, SO_SNDBUF, value.address(), 4),
          "set buffer of",
          socket.toString());
    }
  }

  /**
   * Receives a packet and drops it.
   *
   * @return how long it was, 0 when the connection has ended, -1 when there is none now
   */
  public static int dropPacket(Fd socket) throws LinuxException {
    long length = Native.retry(Nr.RECVFROM, socket.number(), 0, 0, MSG_TRUNC | MSG_DONTWAIT, 0, 0);
    if (Native.failedWith(length, Errno.EAGAIN)) {
      return -1;
    }
    if (Native.failedWith(length, Errno.ECONNRESET)) {
      return 0;
    }
    return (int) Native.check(length, "receive from", socket.toString());
  }

  /** Says that nothing more will be written; what the peer writes can still be read. */
  public static void endWriting(Fd socket) throws LinuxException {
    long result = Native.syscall(Nr.SHUTDOWN, socket.number(), SHUT_WR);
    if (!Native.failedWith(result, Errno.ENOTCONN)) {
      Native.check(result, "shut down", socket.toString());
    }
  }

  private static Fd socket(int type) throws LinuxException {
    long number = Native.syscall(Nr.SOCKET, AF_UNIX, type | NONBLOCK_CLOEXEC, 0);
    return Fd.of((int) Native.check(number, "make unix socket", ""));
  }

  private static MemorySegment address(Arena arena, byte[] name, String path)
      throws LinuxException {
    if (name.length > LONGEST_PATH) {
      throw new LinuxException("use socket", path, Errno.ENAMETOOLONG, "");
    }
    MemorySegment address = arena.allocate(PATH_OFFSET + LONGEST_PATH + 1, 8);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, PATH_OFFSET, name.length);
    return address;
  }
}
