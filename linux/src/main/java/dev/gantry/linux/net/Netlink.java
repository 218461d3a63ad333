package dev.gantry.linux.net;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A route netlink socket of the calling thread's network namespace; see rtnetlink(7). */
final class Netlink implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_TRUNC = 0x20;
  private static final int NLM_F_DUMP_INTR = 0x10;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final long TIMEOUT_SECONDS = 10;
  private static final int DUMP_TRIES = 5;

  private final Fd socket;

  private Netlink(Fd socket) {
    this.socket = socket;
  }

  /** What the kernel sent: one header's type and flags, and the payload behind it. */
  private record Answer(int type, int flags, ByteBuffer payload) {
    /** The error number of an error or of the end of a dump, 0 for none. */
    int error() {
      boolean has = type == NetlinkMessage.NLMSG_ERROR || type == NetlinkMessage.NLMSG_DONE;
      return has && payload.limit() >= 4 ? -payload.getInt(0) : 0;
    }
  }

  static Netlink open() throws LinuxException {
    long number = Native.syscall(Nr.SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
    Fd socket = Fd.of((int) Native.check(number, "open netlink socket", ""));
    // The kernel answers while it handles the request; the limit only guards against the unknown.
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8);
      time.set(ValueLayout.JAVA_LONG, 0, TIMEOUT_SECONDS);
      Native.check(
          Native.syscall(
              Nr.SETSOCKOPT, socket.number(), SOL_SOCKET, SO_RCVTIMEO, time.address(), 16),
          "set timeout of",
          "netlink socket");
      return new Netlink(socket);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends a request that is answered by an acknowledgement. */
  void acknowledged(String call, String subject, byte[] request) throws LinuxException {
    send(call, subject, request);
    for (Answer answer : receive(call, subject)) {
      check(answer, call, subject);
    }
  }

  /** Sends a request that is answered by one message of this type. */
  List<ByteBuffer> one(String call, String subject, byte[] request, int type)
      throws LinuxException {
    send(call, subject, request);
    return payloads(receive(call, subject), call, subject, type);
  }

  /** Sends a request that is answered by a list, from the beginning if it changed meanwhile. */
  List<ByteBuffer> dump(String call, byte[] request, int type) throws LinuxException {
    for (int i = 0; i < DUMP_TRIES; i++) {
      send(call, "", request);
      List<Answer> all = new ArrayList<>();
      while (all.isEmpty() || all.getLast().type() != NetlinkMessage.NLMSG_DONE) {
        List<Answer> some = receive(call, "");
        for (Answer answer : some) {
          check(answer, call, "");
        }
        all.addAll(some);
      }
      if (all.stream().noneMatch(a -> (a.flags() & NLM_F_DUMP_INTR) != 0)) {
        return payloads(all, call, "", type);
      }
    }
    throw new LinuxException(call, "", Errno.EINTR, "changed while it was read");
  }

  private static List<ByteBuffer> payloads(
      List<Answer> answers, String call, String subject, int type) throws LinuxException {
    List<ByteBuffer> found = new ArrayList<>();
    for (Answer answer : answers) {
      check(answer, call, subject);
      if (answer.type() == type) {
        found.add(answer.payload());
      }
    }
    return found;
  }

  private static void check(Answer answer, String call, String subject) throws LinuxException {
    if (answer.error() != 0) {
      throw new LinuxException(call, subject, answer.error());
    }
  }

  private void send(String call, String subject, byte[] request) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, request);
      Native.check(
          Native.retry(Nr.SENDTO, socket.number(), bytes.address(), bytes.byteSize(), 0, 0, 0),
          call,
          subject);
    }
  }

  private List<Answer> receive(String call, String subject) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
      long count =
          Native.retry(
              Nr.RECVFROM, socket.number(), buffer.address(), BUFFER_BYTES, MSG_TRUNC, 0, 0);
      Native.check(count, call, subject);
      if (count > BUFFER_BYTES) {
        throw new LinuxException(call, subject, Errno.EMSGSIZE, "netlink message too long");
      }
      byte[] bytes = buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
      return split(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
    }
  }

  private static List<Answer> split(ByteBuffer bytes) {
    List<Answer> answers = new ArrayList<>();
    int at = 0;
    while (bytes.limit() - at >= NetlinkMessage.HEADER) {
      int length = bytes.getInt(at);
      if (length < NetlinkMessage.HEADER || at + length > bytes.limit()) {
        throw new IllegalArgumentException("netlink message of impossible length " + length);
      }
      answers.add(
          new Answer(
              Short.toUnsignedInt(bytes.getShort(at + 4)),
              Short.toUnsignedInt(bytes.getShort(at + 6)),
              NetlinkMessage.slice(
                  bytes, at + NetlinkMessage.HEADER, length - NetlinkMessage.HEADER)));
      at += NetlinkMessage.align(length);
    }
    return answers;
  }

  @Override
  public void close() {
    socket.close();
  }
}
