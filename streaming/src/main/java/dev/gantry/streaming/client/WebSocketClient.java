package dev.gantry.streaming.client;

import dev.gantry.streaming.websocket.Frames;
import dev.gantry.streaming.websocket.Mask;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The client's end of a WebSocket connection (RFC 6455): whole messages out, masked; the payload of
 * binary messages in, with no regard to where they begin and end unless asked.
 */
final class WebSocketClient implements Link {
  private static final int SMALL = 1 << 10;
  private static final byte[] NOTHING = {};

  private final HttpUpgrade upgrade;
  private final Incoming in;
  private final ReentrantLock writing = new ReentrantLock();
  private final SecureRandom random = new SecureRandom();
  private final Mask mask = new Mask();
  private ByteBuffer frame = ByteBuffer.allocate(SMALL);
  private long left;
  private boolean fragmented;
  private boolean ended;

  WebSocketClient(HttpUpgrade upgrade) {
    this.upgrade = upgrade;
    this.in = upgrade.in();
  }

  /** Sends one binary message. */
  void send(byte[] head, byte[] from, int offset, int length) throws IOException {
    send(Frames.BINARY, head, from, offset, length);
  }

  private void send(int opcode, byte[] head, byte[] from, int offset, int length)
      throws IOException {
    OutputStream out = upgrade.out();
    writing.lock();
    try {
      int payload = head.length + length;
      if (frame.capacity() < Frames.LONGEST_HEADER + payload) {
        frame = ByteBuffer.allocate(Frames.LONGEST_HEADER + payload);
      }
      int key = random.nextInt();
      header(frame.clear(), opcode, payload).putInt(key);
      int start = frame.position();
      frame.put(head).put(from, offset, length).flip().position(start);
      mask.apply(frame, key, 0);
      out.write(frame.array(), 0, frame.limit());
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  private static ByteBuffer header(ByteBuffer into, int opcode, int length) {
    into.put((byte) (Frames.FINAL | opcode));
    if (length <= Frames.SHORT) {
      return into.put((byte) (Frames.MASKED | length));
    }
    if (length <= Frames.MIDDLE) {
      return into.put((byte) (Frames.MASKED | Frames.LENGTH_16)).putShort((short) length);
    }
    return into.put((byte) (Frames.MASKED | Frames.LENGTH_64)).putLong(length);
  }

  /** Whether more of the message that is being read is to come. */
  boolean inMessage() {
    return !ended && (left > 0 || fragmented);
  }

  /**
   * Gives some of the current message, or of the next one.
   *
   * @return how much, 0 for an empty message, -1 when the server has ended the connection
   */
  int pass(long most, Incoming.Taker to) throws IOException {
    boolean empty = false;
    while (left == 0 && !ended && !empty) {
      empty = nextFrame();
    }
    if (ended || empty) {
      return ended ? -1 : 0;
    }
    int count = in.pass(Math.min(left, most), to);
    if (count < 0) {
      ended = true;
    } else {
      left -= count;
    }
    return count;
  }

  /** Whether a data frame without payload was read. */
  private boolean nextFrame() throws IOException {
    int first;
    try {
      first = in.readUnsignedByte();
    } catch (EOFException end) {
      ended = true;
      return false;
    }
    int second = in.readUnsignedByte();
    long length =
        switch (second & Frames.LENGTH) {
          case Frames.LENGTH_16 -> in.readUnsignedShort();
          case Frames.LENGTH_64 -> in.readLong();
          default -> second & Frames.LENGTH;
        };
    int opcode = first & Frames.OPCODE;
    boolean control = Frames.isControl(opcode);
    if ((second & Frames.MASKED) != 0 || length < 0 || (control && length > Frames.SHORT)) {
      throw new IOException("the server sent no WebSocket frame");
    }
    if (!control) {
      left = length;
      fragmented = (first & Frames.FINAL) == 0;
      return length == 0 && !fragmented;
    }
    byte[] payload = in.readNBytes((int) length);
    if (opcode == Frames.PING) {
      send(Frames.PONG, payload, NOTHING, 0, 0);
    } else if (opcode == Frames.CLOSE) {
      ended = true;
    }
    return false;
  }

  /** The payloads as one stream of bytes. */
  InputStream stream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int count = 0;
        while (count == 0 && length > 0) {
          count = pass(length, (b, at, some) -> System.arraycopy(b, at, into, offset, some));
        }
        return count;
      }
    };
  }

  /** What is written, each piece as a message. */
  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        send(NOTHING, from, offset, length);
      }
    };
  }

  /** The server answers by closing. */
  @Override
  public void leave() throws IOException {
    byte[] code = ByteBuffer.allocate(Short.BYTES).putShort((short) Frames.NORMAL).array();
    send(Frames.CLOSE, code, NOTHING, 0, 0);
  }

  /** Says that we go only where nobody is waiting to write: that may be for ever. */
  @Override
  public void close() throws IOException {
    try (Socket socket = upgrade.socket()) {
      if (!socket.isClosed() && writing.tryLock()) {
        try {
          leave();
        } finally {
          writing.unlock();
        }
      }
    } catch (IOException gone) {
      // The server closed first, which is as good.
      upgrade.socket().close();
    }
  }
}
