package dev.gantry.linux.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Building and reading the messages of netlink(7); all lengths are padded to four bytes. */
final class NetlinkMessage {
  static final int HEADER = 16;
  static final short NLM_F_REQUEST = 1;
  static final short NLM_F_ACK = 4;
  static final short NLM_F_DUMP = 0x300;
  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;

  /** Flags in the type of an attribute: nested, and in network byte order. */
  private static final int TYPE_MASK = 0x3fff;

  private final ByteBuffer buffer;

  NetlinkMessage(int type, int flags, int sequence) {
    buffer = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
    buffer.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
  }

  /** The {@code struct ifinfomsg} that link messages begin with. */
  NetlinkMessage linkHeader(int index, int flags, int change) {
    buffer.putInt(0).putInt(index).putInt(flags).putInt(change);
    return this;
  }

  /** The {@code struct ifaddrmsg} that address messages begin with. */
  NetlinkMessage addressHeader() {
    buffer.putInt(0).putInt(0);
    return this;
  }

  NetlinkMessage attribute(int type, String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
    buffer.putShort((short) (4 + bytes.length)).putShort((short) type).put(bytes);
    buffer.position(align(buffer.position()));
    return this;
  }

  byte[] bytes() {
    buffer.putInt(0, buffer.position());
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  /**
   * Attributes by type.
   *
   * @throws IllegalArgumentException when a length leads outside
   */
  static Map<Integer, ByteBuffer> attributes(ByteBuffer payload) {
    Map<Integer, ByteBuffer> found = new HashMap<>();
    int at = 0;
    while (payload.limit() - at >= 4) {
      int length = Short.toUnsignedInt(payload.getShort(at));
      int type = Short.toUnsignedInt(payload.getShort(at + 2)) & TYPE_MASK;
      if (length < 4 || at + length > payload.limit()) {
        throw new IllegalArgumentException("netlink attribute of impossible length " + length);
      }
      found.put(type, slice(payload, at + 4, length - 4));
      at += align(length);
    }
    return found;
  }

  static ByteBuffer slice(ByteBuffer buffer, int offset, int length) {
    return buffer.slice(offset, length).order(ByteOrder.nativeOrder());
  }

  /** A string attribute without its closing NUL. */
  static String text(ByteBuffer attribute) {
    byte[] bytes = new byte[attribute.limit()];
    attribute.get(0, bytes);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  static int align(int length) {
    return (length + 3) & ~3;
  }
}
