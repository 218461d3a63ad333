package dev.gantry.streaming.client;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The client's end of a WebSocket connection (RFC 6455): whole messages out, masked; the payload of
 * binary messages in, with no regard to where they begin and end unless asked.
 */
final class WebSocketClient implements Link {
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int LONGEST_CONTROL = 125;
  private static final int NORMAL = 1000;

  private final HttpUpgrade upgrade;
  private final DataInputStream in;
  private final ReentrantLock writing = new ReentrantLock();
  private final SecureRandom random = new SecureRandom();
  private long left;
  private boolean fragmented;
  private boolean ended;

  WebSocketClient(HttpUpgrade upgrade) {
    this.upgrade = upgrade;
    this.in = new DataInputStream(upgrade.in());
  }

  /** Sends one binary message. */
  void send(byte[] head, byte[] from, int offset, int length) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(head.length + length);
    send(BINARY, payload.put(head).put(from, offset, length).array());
  }

  private void send(int opcode, byte[] payload) throws IOException {
    int key = random.nextInt();
    int length = payload.length;
    ByteBuffer frame = ByteBuffer.allocate(14 + length).put((byte) (FINAL | opcode));
    if (length <= LONGEST_CONTROL) {
      frame.put((byte) (MASKED | length));
    } else if (length <= 0xFFFF) {
      frame.put((byte) (MASKED | 126)).putShort((short) length);
    } else {
      frame.put((byte) (MASKED | 127)).putLong(length);
    }
    mask(payload, key, frame.putInt(key));
    OutputStream out = upgrade.out();
    writing.lock();
    try {
      out.write(frame.array(), 0, frame.position());
      out.flush();
    } finally {
      writing.unlock();
    }
  }

  /** The payload's bytes, each with the key's next one, over and over; eight at a time. */
  private static void mask(byte[] payload, int key, ByteBuffer frame) {
    long keys = Integer.toUnsignedLong(key) << Integer.SIZE | Integer.toUnsignedLong(key);
    ByteBuffer from = ByteBuffer.wrap(payload);
    while (from.remaining() >= Long.BYTES) {
      frame.putLong(from.getLong() ^ keys);
    }
    for (int shift = Long.SIZE - Byte.SIZE; from.hasRemaining(); shift -= Byte.SIZE) {
      frame.put((byte) (from.get() ^ keys >>> shift));
    }
  }

  /** Whether more of the message that is being read is to come. */
  boolean inMessage() {
    return !ended && (left > 0 || fragmented);
  }

  /**
   * Reads some of the current message, or of the next one.
   *
   * @return how much, 0 for an empty message, -1 when the server has ended the connection
   */
  int read(byte[] into, int offset, int length) throws IOException {
    boolean empty = false;
    while (left == 0 && !ended && !empty) {
      empty = nextFrame();
    }
    if (ended) {
      return -1;
    }
    int count = in.read(into, offset, (int) Math.min(left, length));
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
    long length = second & 0x7F;
    length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
    int opcode = first & 0xF;
    if ((second & MASKED) != 0 || length < 0 || (opcode >= CLOSE && length > LONGEST_CONTROL)) {
      throw new IOException("the server sent no WebSocket frame");
    }
    if (opcode < CLOSE) {
      left = length;
      fragmented = (first & FINAL) == 0;
      return length == 0 && !fragmented;
    }
    byte[] payload = in.readNBytes((int) length);
    if (opcode == PING) {
      send(PONG, payload);
    } else if (opcode == CLOSE) {
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
          count = WebSocketClient.this.read(into, offset, length);
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
        send(new byte[0], from, offset, length);
      }
    };
  }

  /** The server answers by closing. */
  @Override
  public void leave() throws IOException {
    send(CLOSE, ByteBuffer.allocate(2).putShort((short) NORMAL).array());
  }

  @Override
  public void close() throws IOException {
    try {
      leave();
    } catch (IOException gone) {
      // The server closed first, which is as good.
      upgrade.socket().close();
      return;
    }
    upgrade.socket().close();
  }
}
