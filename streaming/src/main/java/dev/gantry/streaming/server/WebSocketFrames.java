package dev.gantry.streaming.server;

import io.netty.buffer.ByteBuf;

/** Headers of WebSocket frames that a server sends: whole messages, unmasked (RFC 6455, 5.2). */
final class WebSocketFrames {
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PONG = 10;

  /** With a byte for a channel's number. */
  static final int LONGEST_HEADER = 11;

  private static final int FINAL = 0x80;
  private static final int SHORT = 125;
  private static final int LONGEST_MIDDLE = 0xFFFF;

  private WebSocketFrames() {}

  static int headerBytes(int length) {
    return length <= SHORT ? 2 : length <= LONGEST_MIDDLE ? 4 : 10;
  }

  static ByteBuf header(ByteBuf into, int opcode, int length) {
    into.writeByte(FINAL | opcode);
    if (length <= SHORT) {
      return into.writeByte(length);
    }
    if (length <= LONGEST_MIDDLE) {
      return into.writeByte(SHORT + 1).writeShort(length);
    }
    return into.writeByte(SHORT + 2).writeLong(length);
  }
}
