package dev.gantry.streaming.websocket;

/** The layout of WebSocket frames (RFC 6455, section 5.2). */
public final class Frames {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** In the first byte: the last frame of its message. */
  public static final int FINAL = 0x80;

  /** In the first byte: bits of extensions, of which we speak none. */
  public static final int RESERVED = 0x70;

  /** In the first byte: what the frame is. */
  public static final int OPCODE = 0x0F;

  /** In the second byte: the payload is masked, and the key comes before it. */
  public static final int MASKED = 0x80;

  /** In the second byte: the length, or one of the two below. */
  public static final int LENGTH = 0x7F;

  /** The length is in the next two bytes. */
  public static final int LENGTH_16 = 126;

  /** The length is in the next eight bytes. */
  public static final int LENGTH_64 = 127;

  /** Longest payload of a control frame, and of any that has its length in the second byte. */
  public static final int SHORT = 125;

  /** Longest payload whose length two bytes hold. */
  public static final int MIDDLE = 0xFFFF;

  /** Bytes of the longest header: that of a long masked frame. */
  public static final int LONGEST_HEADER = 14;

  /** Why a connection is closed (section 7.4.1): its purpose is fulfilled. */
  public static final int NORMAL = 1000;

  /** Why a connection is closed: the other side broke the protocol. */
  public static final int PROTOCOL_ERROR = 1002;

  /** Why a connection is closed: the data of a message is not what it should be. */
  public static final int BAD_DATA = 1007;

  /** Why a connection is closed: a message is too long. */
  public static final int TOO_LONG = 1009;

  private Frames() {}

  /** Whether an opcode is that of a control frame: those may come between a message's frames. */
  public static boolean isControl(int opcode) {
    return opcode >= CLOSE;
  }
}
