package dev.gantry.streaming.spdy;

import java.nio.ByteBuffer;

/**
 * The layout of SPDY/3.1 frames (section 2.6 of the specification): eight bytes of header, of which
 * the first bit tells control frames from data.
 */
public final class Frames {
  public static final int HEADER_BYTES = 8;
  public static final int SYN_STREAM = 1;
  public static final int SYN_REPLY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int HEADERS = 8;
  public static final int WINDOW_UPDATE = 9;

  /** The flag of the last frame of a stream in its direction. */
  public static final int FIN = 1;

  /** Longest payload of a control frame that is taken; those of Kubernetes have some hundred. */
  public static final int LONGEST_CONTROL = 16 << 10;

  /** Longest payload of any frame: 24 bits. */
  public static final int LONGEST_DATA = (1 << 24) - 1;

  /** Why a stream is reset. */
  public static final int PROTOCOL_ERROR = 1;

  public static final int REFUSED_STREAM = 3;
  public static final int CANCEL = 5;

  private static final int VERSION = 3;
  private static final int CONTROL = 0x8000_0000;

  private Frames() {}

  /** Whether the first word of a header is that of a control frame. */
  public static boolean isControl(int firstWord) {
    return firstWord < 0;
  }

  /** Whether the first word of a control frame's header has our version. */
  public static boolean isOurs(int firstWord) {
    return ((firstWord >> 16) & 0x7FFF) == VERSION;
  }

  /** The first word of a control frame's header. */
  public static int control(int type) {
    return CONTROL | (VERSION << 16) | type;
  }

  /** The second word of any header. */
  public static int lengthAndFlags(int length, int flags) {
    return (flags << 24) | length;
  }

  /** A whole SYN_STREAM frame. */
  public static byte[] synStream(int stream, byte[] headerBlock) {
    return frame(SYN_STREAM, 10 + headerBlock.length)
        .putInt(stream)
        .putInt(0)
        .putShort((short) 0)
        .put(headerBlock)
        .array();
  }

  /** A whole SYN_REPLY frame. */
  public static byte[] synReply(int stream, byte[] headerBlock) {
    return frame(SYN_REPLY, 4 + headerBlock.length).putInt(stream).put(headerBlock).array();
  }

  /** A whole RST_STREAM frame. */
  public static byte[] reset(int stream, int why) {
    return frame(RST_STREAM, 8).putInt(stream).putInt(why).array();
  }

  /** A whole PING frame. */
  public static byte[] ping(int id) {
    return frame(PING, 4).putInt(id).array();
  }

  /** A whole GOAWAY frame, in peace. */
  public static byte[] goAway(int lastStream) {
    return frame(GOAWAY, 8).putInt(lastStream).putInt(0).array();
  }

  /** A whole WINDOW_UPDATE frame, which asks for no answer. */
  public static byte[] windowUpdate(int stream, int delta) {
    return frame(WINDOW_UPDATE, 8).putInt(stream).putInt(delta).array();
  }

  private static ByteBuffer frame(int type, int length) {
    return ByteBuffer.allocate(HEADER_BYTES + length)
        .putInt(control(type))
        .putInt(lengthAndFlags(length, 0));
  }
}
