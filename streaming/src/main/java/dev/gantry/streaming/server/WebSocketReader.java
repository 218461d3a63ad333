package dev.gantry.streaming.server;

import dev.gantry.streaming.websocket.Frames;
import dev.gantry.streaming.websocket.Mask;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads the frames that a client sends (RFC 6455, section 5). Data is passed on as it comes, never
 * put together, and is unmasked in the buffer that it came in.
 */
final class WebSocketReader {
  private static final int START = 2;
  private static final int KEY_BYTES = 4;

  private final Receiver receiver;
  private final Mask mask = new Mask();
  private final byte[] header = new byte[Frames.LONGEST_HEADER];
  private int have;
  private int need = START;
  private boolean inPayload;
  private int opcode;
  private boolean isFinal;
  private int key;
  private long length;
  private long done;
  private boolean inMessage;
  private boolean text;
  private boolean begins;
  private final byte[] control = new byte[Frames.SHORT];

  /** Who gets what was read. */
  interface Receiver {
    /**
     * The next bytes of a message, to be released by who gets them.
     *
     * @param begins whether the message begins with them
     * @param ends whether it ends with them
     */
    void data(ByteBuf data, boolean text, boolean begins, boolean ends) throws Violation;

    /** To be answered with the same bytes. */
    void ping(byte[] payload) throws Violation;

    /** The client ends the connection. */
    void close();
  }

  /** A client broke the rules. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1L;
    private final int code;

    Violation(int code, String message) {
      super(message, null, false, false);
      this.code = code;
    }

    /** Why the connection is closed, as its close frame says it. */
    int code() {
      return code;
    }
  }

  WebSocketReader(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Reads all there is; the buffer stays the caller's. */
  void read(ByteBuf in) throws Violation {
    while (in.isReadable()) {
      if (inPayload) {
        payload(in);
      } else {
        header(in);
      }
    }
  }

  private void header(ByteBuf in) throws Violation {
    int count = Math.min(need - have, in.readableBytes());
    in.readBytes(header, have, count);
    have += count;
    if (have < need) {
      return;
    }
    if (need == START) {
      need += start() + KEY_BYTES;
      return;
    }
    ByteBuffer rest = ByteBuffer.wrap(header).position(START);
    length = length(header[1] & Frames.LENGTH, rest);
    key = rest.getInt();
    have = 0;
    need = START;
    begin();
  }

  /** Judges the first two bytes; how many the length has besides. */
  private int start() throws Violation {
    int first = header[0];
    opcode = first & Frames.OPCODE;
    isFinal = (first & Frames.FINAL) != 0;
    if ((first & Frames.RESERVED) != 0) {
      throw broken("bits of an extension, and there is none");
    }
    if ((header[1] & Frames.MASKED) == 0) {
      throw broken("a frame of a client that is not masked");
    }
    int size = header[1] & Frames.LENGTH;
    if (Frames.isControl(opcode)) {
      if (opcode > Frames.PONG || !isFinal || size > Frames.SHORT) {
        throw broken("no control frame: opcode " + opcode + ", length " + size);
      }
    } else if (opcode > Frames.BINARY) {
      throw broken("opcode " + opcode);
    } else if (inMessage != (opcode == Frames.CONTINUATION)) {
      throw broken(inMessage ? "a message within another" : "a continuation of no message");
    }
    return size == Frames.LENGTH_16 ? Short.BYTES : size == Frames.LENGTH_64 ? Long.BYTES : 0;
  }

  private static long length(int size, ByteBuffer rest) throws Violation {
    if (size <= Frames.SHORT) {
      return size;
    }
    long length = size == Frames.LENGTH_16 ? rest.getShort() & Frames.MIDDLE : rest.getLong();
    if (length >= 0 && length <= (size == Frames.LENGTH_16 ? Frames.SHORT : Frames.MIDDLE)) {
      throw broken("a length of " + length + " in more bytes than it needs");
    }
    if (length < 0 || length > Limits.WEBSOCKET_FRAME_BYTES) {
      throw new Violation(
          Frames.TOO_LONG, "a frame of more than " + Limits.WEBSOCKET_FRAME_BYTES + " bytes");
    }
    return length;
  }

  private void begin() throws Violation {
    done = 0;
    if (Frames.isControl(opcode)) {
      inPayload = length > 0;
      if (!inPayload) {
        controlCame();
      }
      return;
    }
    begins = opcode != Frames.CONTINUATION;
    if (begins) {
      text = opcode == Frames.TEXT;
      inMessage = true;
    }
    inPayload = length > 0;
    if (!inPayload) {
      pass(Unpooled.EMPTY_BUFFER);
    }
  }

  private void payload(ByteBuf in) throws Violation {
    int count = (int) Math.min(length - done, in.readableBytes());
    mask.apply(in.internalNioBuffer(in.readerIndex(), count), key, done);
    boolean whole = done + count == length;
    inPayload = !whole;
    if (Frames.isControl(opcode)) {
      in.readBytes(control, (int) done, count);
      done += count;
      if (whole) {
        controlCame();
      }
    } else {
      done += count;
      pass(in.readRetainedSlice(count));
    }
  }

  private void pass(ByteBuf data) throws Violation {
    boolean first = begins;
    boolean last = isFinal && !inPayload;
    begins = false;
    inMessage = !last;
    receiver.data(data, text, first, last);
  }

  private void controlCame() throws Violation {
    switch (opcode) {
      case Frames.PING -> receiver.ping(Arrays.copyOf(control, (int) length));
      case Frames.CLOSE -> receiver.close();
      default -> {
        // A pong that nobody asked for may come at any time (section 5.5.3).
      }
    }
  }

  private static Violation broken(String what) {
    return new Violation(Frames.PROTOCOL_ERROR, what);
  }
}
